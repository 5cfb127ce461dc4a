// Litmus tests of fences, by hand, with the reason; see litmus_test.cpp.
#include "litmus_check.hpp"

namespace pegplan::model {

namespace {

bool is_release_fence(std::memory_order order)
{
    return order == release || order == acq_rel || order == seq_cst;
}

bool is_acquire_fence(std::memory_order order)
{
    return order == acquire || order == acq_rel || order == seq_cst;
}

}  // namespace

TEST_CASE("MP+fences: a release fence before the flag, an acquire fence behind it" * doctest::test_suite("quick"))
{
    // [atomics.fences]/2. A fence of the other kind, or a relaxed one, does nothing here.
    for (const auto first : all_orders) {
        for (const auto second : all_orders) {
            const bool synchronized = is_release_fence(first) && is_acquire_fence(second);
            verify({{{store(x, 1, relaxed), fence(first), store(y, 1, relaxed)},
                     {load(y, relaxed), fence(second), load(x, relaxed)}}},
                   either({{0, 0}, {0, 1}, {1, 1}}, !synchronized, {1, 0}));
        }
    }
}

TEST_CASE("MP+fence on one side: it pairs with an access as well" * doctest::test_suite("quick"))
{
    // [atomics.fences]/3 and 4.
    for (const auto order : all_orders) {
        for (const auto r : load_orders) {
            verify({{{store(x, 1, relaxed), fence(order), store(y, 1, relaxed)}, {load(y, r), load(x, relaxed)}}},
                   either({{0, 0}, {0, 1}, {1, 1}}, !is_release_fence(order) || r == relaxed, {1, 0}));
        }
        for (const auto w : store_orders) {
            verify({{{store(x, 1, relaxed), store(y, 1, w)}, {load(y, relaxed), fence(order), load(x, relaxed)}}},
                   either({{0, 0}, {0, 1}, {1, 1}}, w == relaxed || !is_acquire_fence(order), {1, 0}));
        }
    }
}

TEST_CASE("MP+fences in the wrong place do nothing" * doctest::test_suite("quick"))
{
    verify({{{fence(seq_cst), store(x, 1, relaxed), store(y, 1, relaxed)},
             {load(y, relaxed), load(x, relaxed), fence(seq_cst)}}},
           {{0, 0}, {0, 1}, {1, 0}, {1, 1}});
}

TEST_CASE("SB+fences: seq_cst on both sides, nothing less" * doctest::test_suite("quick"))
{
    // Each load behind a fence that misses a store before the other fence orders the fences in S; both at once is a
    // cycle.
    for (const auto first : all_orders) {
        for (const auto second : all_orders) {
            const bool both = first == seq_cst && second == seq_cst;
            verify({{{store(x, 1, relaxed), fence(first), load(y, relaxed)},
                     {store(y, 1, relaxed), fence(second), load(x, relaxed)}}},
                   either({{0, 1}, {1, 0}, {1, 1}}, !both, {0, 0}));
        }
    }
}

TEST_CASE("SB: a seq_cst fence against seq_cst accesses" * doctest::test_suite("quick"))
{
    // [atomics.order]/4, conditions 2 and 3: both accesses of the other side must be seq_cst.
    for (const auto w : store_orders) {
        for (const auto r : load_orders) {
            const bool both = w == seq_cst && r == seq_cst;
            verify({{{store(x, 1, w), load(y, r)}, {store(y, 1, relaxed), fence(seq_cst), load(x, relaxed)}}},
                   either({{0, 1}, {1, 0}, {1, 1}}, !both, {0, 0}));
        }
    }
}

TEST_CASE("2+2W+fences" * doctest::test_suite("quick"))
{
    // A store behind one fence that is overwritten by a store before the other orders the fences in S.
    for (const auto first : all_orders) {
        for (const auto second : all_orders) {
            const bool both = first == seq_cst && second == seq_cst;
            verify({{{store(x, 1, relaxed), fence(first), store(y, 2, relaxed)},
                     {store(y, 1, relaxed), fence(second), store(x, 2, relaxed)}},
                    true},
                   either({{1, 2}, {2, 1}, {2, 2}}, !both, {1, 1}));
        }
    }
}

TEST_CASE("R+fences" * doctest::test_suite("quick"))
{
    for (const auto first : all_orders) {
        for (const auto second : all_orders) {
            const bool both = first == seq_cst && second == seq_cst;
            verify({{{store(x, 1, relaxed), fence(first), store(y, 1, relaxed)},
                     {store(y, 2, relaxed), fence(second), load(x, relaxed)}},
                    true},
                   either({{0, 1, 1}, {1, 1, 1}, {1, 1, 2}}, !both, {0, 1, 2}));
        }
    }
}

TEST_CASE("IRIW+fences: both readers need a seq_cst fence" * doctest::test_suite("quick"))
{
    Outcomes strong;
    for (int bits = 0; bits < 16; ++bits) {
        strong.insert({bits >> 3 & 1, bits >> 2 & 1, bits >> 1 & 1, bits & 1});
    }
    const Outcome weak = {1, 0, 1, 0};
    strong.erase(weak);
    for (const auto first : {acq_rel, seq_cst}) {
        for (const auto second : {acq_rel, seq_cst}) {
            const bool both = first == seq_cst && second == seq_cst;
            verify({{{store(x, 1, relaxed)},
                     {store(y, 1, relaxed)},
                     {load(x, relaxed), fence(first), load(y, relaxed)},
                     {load(y, relaxed), fence(second), load(x, relaxed)}}},
                   either(strong, !both, weak));
        }
    }
}

TEST_CASE("release sequences that fences head" * doctest::test_suite("quick"))
{
    // The release fence synchronizes through A's relaxed store and B's relaxed addition to it.
    const Litmus litmus{{{store(x, 1, relaxed), fence(release), store(y, 1, relaxed)},
                         {add(y, 1, relaxed)},
                         {load(y, relaxed), fence(acquire), load(x, relaxed)}}};
    const Result result = explore(litmus, {});
    REQUIRE(result.passed());
    CHECK(result.outcomes.contains({1, 2, 1}));
    CHECK(!result.outcomes.contains({1, 2, 0}));
    verify(litmus, outcomes_of(result));
}

}  // namespace pegplan::model
