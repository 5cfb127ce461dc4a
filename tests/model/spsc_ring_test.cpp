// Model tests of pegplan/lockfree/spsc_ring.hpp.
#include <pegplan/lockfree/spsc_ring.hpp>

#include "model_test.hpp"

#include <doctest/doctest.h>

namespace pegplan::model {

namespace {

template <std::size_t capacity>
using Ring = SpscRing<int, capacity, ModelAtomics>;

/// `count` values go through the ring; both sides pause when they have to wait. Slots are plain, so a value that is
/// written while the other side may read the slot is a data race.
template <std::size_t capacity>
ModelTest streaming(int count)
{
    return {"SpscRing: " + std::to_string(count) + " values through " + std::to_string(capacity) +
                (capacity == 1 ? " slot" : " slots"),
            [=](Scenario& scenario) {
                Ring<capacity>& ring = scenario.make<Ring<capacity>>();
                scenario.name(ring, "ring");
                scenario.thread("producer", [=, &ring] {
                    for (int value = 1; value <= count;) {
                        if (ring.try_push(value)) {
                            ++value;
                        } else {
                            ModelAtomics::pause();
                        }
                    }
                });
                scenario.thread("consumer", [=, &ring] {
                    for (int expected = 1; expected <= count;) {
                        if (const std::optional<int> value = ring.try_pop()) {
                            check(*value == expected, "values come out in order");
                            ++expected;
                        } else {
                            ModelAtomics::pause();
                        }
                    }
                });
                scenario.finally([&ring] { check(!ring.try_pop().has_value(), "nothing comes twice"); });
            },
            {}};
}

/// Nobody waits: the outcome is how many were pushed and popped.
template <std::size_t capacity>
ModelTest trying(int pushes, int pops)
{
    return {"SpscRing: " + std::to_string(pushes) + " pushes and " + std::to_string(pops) + " pops tried, " +
                std::to_string(capacity) + (capacity == 1 ? " slot" : " slots"),
            [=](Scenario& scenario) {
                struct State {
                    Ring<capacity> ring;
                    int pushed = 0;
                    int popped = 0;
                };
                State& state = scenario.make<State>();
                scenario.name(state.ring, "ring");
                scenario.thread("producer", [=, &state] {
                    for (int number = 0; number < pushes; ++number) {
                        state.pushed += state.ring.try_push(state.pushed + 1) ? 1 : 0;
                    }
                });
                scenario.thread("consumer", [=, &state] {
                    for (int number = 0; number < pops; ++number) {
                        if (const std::optional<int> value = state.ring.try_pop()) {
                            check(*value == ++state.popped, "values come out in order");
                        }
                    }
                });
                scenario.finally([&state] {
                    observe(state.pushed);
                    observe(state.popped);
                    while (const std::optional<int> value = state.ring.try_pop()) {
                        check(*value == ++state.popped, "what is left comes out in order");
                    }
                    check(state.popped == state.pushed, "everything that was pushed comes out");
                });
            },
            {}};
}

}  // namespace

TEST_CASE("SpscRing: values arrive, once and in order" * doctest::test_suite("quick"))
{
    expect_pass(streaming<1>(3));
    expect_pass(streaming<2>(4));
    const Result result = expect_pass(trying<2>(3, 3));
    for (int popped = 0; popped <= 2; ++popped) {
        CHECK(result.outcomes.contains({2, popped}));
    }
    CHECK(result.outcomes.contains({3, 3}));
    CHECK(!result.outcomes.contains({3, 0}));  // the third push fits only when a pop has made room
}

TEST_CASE("SpscRing: larger" * doctest::test_suite("slow"))
{
    expect_pass(streaming<1>(6));
    expect_pass(streaming<2>(8));
    expect_pass(trying<2>(6, 6));
    expect_pass(trying<4>(6, 6));
}

TEST_CASE("SpscRing: mutants" * doctest::test_suite("quick"))
{
    const ModelTest tests[] = {streaming<1>(2), streaming<2>(3)};
    expect_caught("pegplan/lockfree/spsc_ring.hpp", tests);
}

}  // namespace pegplan::model
