// Model tests of core/base/index_pool.hpp.
#include "core/base/index_pool.hpp"
#include "model_test.hpp"

#include <doctest/doctest.h>

#include <array>

namespace pegplan::model {

namespace {

using kernel::Index;
using kernel::no_index;
using Stack = kernel::SharedIndexStack<ModelAtomics>;
using Pool = kernel::IndexPool<ModelAtomics>;

/// A stack of so many numbers, each of which stands for something that one thread at a time may have.
template <std::size_t count>
struct Shared {
    Stack stack;
    std::array<Stack::Link, count> links;
    std::array<ModelAtomics::plain<int>, count> things;

    /// Takes a number and uses the thing; returns the number.
    Index take()
    {
        const Index index = stack.pop(links.data());
        if (index != no_index) {
            things[index].write() += 1;
        }
        return index;
    }
    void give(Index index)
    {
        if (index != no_index) {
            things[index].write() += 1;
            stack.push(links.data(), index);
        }
    }
    /// Everything is there, once.
    void check_all(std::array<Index, count> held)
    {
        std::array<int, count> seen{};
        for (const Index index : held) {
            if (index != no_index) {
                ++seen[index];
            }
        }
        for (std::size_t turn = 0; turn <= count; ++turn) {
            if (const Index index = take(); index != no_index) {
                ++seen[index];
            }
        }
        for (const int times : seen) {
            check(times == 1, "every number is there, once");
        }
    }
};

template <std::size_t count>
std::array<Index, count> none()
{
    std::array<Index, count> held;
    held.fill(no_index);
    return held;
}

/// One thread fills the stack, and both take from it and give back.
template <std::size_t count>
ModelTest sharing(int rounds)
{
    return {"IndexStack: " + std::to_string(count) + " numbers, taken and given back " + std::to_string(rounds) + " times by each of two",
            [=](Scenario& scenario) {
                auto& shared = scenario.make<Shared<count>>();
                scenario.name(shared.stack, "stack");
                scenario.name(shared.links, "links");
                scenario.thread("A", [=, &shared] {
                    for (Index index = 0; index < count; ++index) {
                        shared.give(index);
                    }
                    for (int round = 0; round < rounds; ++round) {
                        shared.give(shared.take());
                    }
                });
                scenario.thread("B", [=, &shared] {
                    for (int round = 0; round < rounds; ++round) {
                        shared.give(shared.take());
                    }
                });
                scenario.finally([&shared] { shared.check_all(none<count>()); });
            },
            {}};
}

/// What tags are for: while A is about to pop, B pops two and gives the first back, so that the top looks the same.
ModelTest same_top_again()
{
    return {"IndexStack: the same number on top again with another one below it",
            [=](Scenario& scenario) {
                struct State : Shared<3> {
                    std::array<Index, 3> held = none<3>();
                };
                State& state = scenario.make<State>();
                scenario.name(state.stack, "stack");
                scenario.name(state.links, "links");
                scenario.thread("A", [&state] {
                    for (Index index = 0; index < 3; ++index) {
                        state.give(index);
                    }
                    state.held[0] = state.take();
                });
                scenario.thread("B", [&state] {
                    const Index first = state.take();
                    state.held[1] = state.take();
                    state.give(first);
                    observe(first == no_index ? -1 : static_cast<int>(first));
                });
                scenario.finally([&state] { state.check_all(state.held); });
            },
            {}};
}

/// Numbers that have never been out and such that come back; each is out once.
ModelTest handing_out(Index limit)
{
    return {"IndexPool: two take of " + std::to_string(limit) + ", and give back",
            [=](Scenario& scenario) {
                struct State {
                    Pool pool;
                    std::array<Pool::Link, 2> links;
                    std::array<ModelAtomics::plain<int>, 2> things;
                    std::array<int, 2> taken{};
                };
                State& state = scenario.make<State>();
                scenario.name(state.pool, "pool");
                for (std::size_t number = 0; number < 2; ++number) {
                    scenario.thread(number == 0 ? "A" : "B", [=, &state] {
                        for (int round = 0; round < 2; ++round) {
                            const Index index = state.pool.take(state.links.data(), limit);
                            if (index == no_index) {
                                continue;
                            }
                            ++state.taken[number];
                            state.things[index].write() += 1;
                            check(state.pool.recall(state.links.data(), index), "what is out can be given back");
                            state.pool.give(state.links.data(), index);
                        }
                    });
                }
                scenario.finally([=, &state] {
                    observe(state.taken[0] + state.taken[1]);
                    for (const auto& link : state.links) {
                        check(!Pool::is_out(link), "nothing is out any more");
                    }
                    for (Index turn = 0; turn < limit; ++turn) {
                        check(state.pool.take(state.links.data(), limit) < limit, "all are there");
                    }
                    check(state.pool.take(state.links.data(), limit) == no_index, "and no more");
                });
            },
            {}};
}

/// Two give the same number back.
ModelTest giving_back_twice()
{
    return {"IndexPool: two give the same number back",
            [=](Scenario& scenario) {
                struct State {
                    Pool pool;
                    std::array<Pool::Link, 2> links;
                    ModelAtomics::atomic<int> index{-1};
                    std::array<int, 2> succeeded{};
                };
                State& state = scenario.make<State>();
                scenario.name(state.pool, "pool");
                const auto give = [&state](std::size_t number, Index index) {
                    if (state.pool.recall(state.links.data(), index)) {
                        ++state.succeeded[number];
                        state.pool.give(state.links.data(), index);
                    }
                };
                scenario.thread("A", [give, &state] {
                    const Index index = state.pool.take(state.links.data(), 2);
                    state.index.store(static_cast<int>(index), std::memory_order_release);
                    give(0, index);
                });
                scenario.thread("B", [give, &state] {
                    const int index =
                        ModelAtomics::wait_until(state.index, std::memory_order_acquire, [](int value) { return value >= 0; });
                    give(1, static_cast<Index>(index));
                });
                scenario.finally([&state] {
                    observe(state.succeeded[0]);
                    check(state.succeeded[0] + state.succeeded[1] == 1, "one of them succeeds");
                });
            },
            {}};
}

}  // namespace

TEST_CASE("IndexStack: everybody has what he has taken for himself" * doctest::test_suite("quick"))
{
    expect_pass(sharing<1>(2));
    expect_pass(sharing<2>(1));
    const Result result = expect_pass(same_top_again());
    for (int first = -1; first < 3; ++first) {
        CHECK(result.outcomes.contains({first}));
    }
}

TEST_CASE("IndexPool: numbers go out and come back" * doctest::test_suite("quick"))
{
    const Result scarce = expect_pass(handing_out(1));
    CHECK(scarce.outcomes.contains({4}));
    CHECK(scarce.outcomes.contains({2}));  // at least one is refused while the other one has it
    const Result result = expect_pass(giving_back_twice());
    CHECK(result.outcomes.contains({0}));
    CHECK(result.outcomes.contains({1}));
}

TEST_CASE("IndexStack: larger" * doctest::test_suite("slow"))
{
    expect_pass(sharing<2>(2));
    expect_pass(handing_out(2));
}

TEST_CASE("IndexStack: mutants" * doctest::test_suite("quick"))
{
    const ModelTest tests[] = {sharing<1>(1), sharing<2>(1), same_top_again()};
    expect_caught("pegplan/lockfree/treiber_stack.hpp", tests);
}

}  // namespace pegplan::model
