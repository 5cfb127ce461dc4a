// Model tests of the latch and of Once.
#include "core/sched/section.hpp"
#include "left.hpp"
#include "model_test.hpp"

#include <pegplan/latch.hpp>
#include <pegplan/once.hpp>

#include <doctest/doctest.h>

namespace pegplan::model {

namespace {

using namespace std::chrono_literals;

struct LatchState {
    explicit LatchState(int count) : latch{count} {}

    kernel::Machine machine;
    Left<Latch> latch;
    ModelAtomics::plain<int> data[max_threads]{};
    bool open[max_threads]{};
};

LatchState& make_latch(Scenario& scenario, int count)
{
    LatchState& state = scenario.make<LatchState>(count);
    scenario.name(*state.latch, "latch");
    scenario.name(state.machine, "machine");
    return state;
}

/// What each of those who count has written is there behind the wait. With one who waits, he destroys the latch then.
ModelTest counting(int counters, int waiters)
{
    return {"Latch: " + std::to_string(counters) + " count down, " + std::to_string(waiters) + " wait" +
                (waiters == 1 ? " and destroy it" : ""),
            [=](Scenario& scenario) {
                LatchState& state = make_latch(scenario, counters);
                for (int counter = 0; counter < counters; ++counter) {
                    scenario.thread("counter" + std::to_string(counter), [&state, counter] {
                        state.data[counter].write() = 1;
                        state.latch->count_down();
                    });
                }
                for (int waiter = 0; waiter < waiters; ++waiter) {
                    scenario.thread("waiter" + std::to_string(waiter), [&state, counters, waiters] {
                        state.latch->wait();
                        for (int counter = 0; counter < counters; ++counter) {
                            check(state.data[counter].read() == 1, "it has been written");
                        }
                        if (waiters == 1) {
                            state.latch->~Latch();
                        }
                    });
                }
            },
            {}};
}

ModelTest arriving(int threads)
{
    return {"Latch: " + std::to_string(threads) + " arrive and wait",
            [=](Scenario& scenario) {
                LatchState& state = make_latch(scenario, threads);
                for (int thread = 0; thread < threads; ++thread) {
                    scenario.thread(std::string(1, static_cast<char>('A' + thread)), [&state, thread, threads] {
                        state.data[thread].write() = 1;
                        state.latch->arrive_and_wait();
                        for (int other = 0; other < threads; ++other) {
                            check(state.data[other].read() == 1, "it has been written");
                        }
                    });
                }
                scenario.finally([&state] { check(state.latch->try_wait(), "it is open"); });
            },
            {}};
}

ModelTest limited()
{
    return {"Latch: one counts down, one waits with a limit",
            [](Scenario& scenario) {
                LatchState& state = make_latch(scenario, 1);
                scenario.thread("counter", [&state] {
                    state.data[0].write() = 1;
                    state.latch->count_down();
                });
                scenario.thread("waiter", [&state] {
                    state.open[0] = state.latch->wait_for(1ns);
                    check(!state.open[0] || state.data[0].read() == 1, "it has been written");
                });
                scenario.finally([&state] { observe(state.open[0]); });
            },
            {}};
}

/// Each of `counters` counts one down; somebody looks without waiting.
ModelTest looking_at_latch(int counters)
{
    return {"Latch: " + std::to_string(counters) + (counters == 1 ? " counts" : " count") + " down, one looks",
            [=](Scenario& scenario) {
                LatchState& state = make_latch(scenario, counters);
                for (int counter = 0; counter < counters; ++counter) {
                    scenario.thread("counter" + std::to_string(counter), [&state, counter] {
                        state.data[counter].write() = 1;
                        state.latch->count_down();
                    });
                }
                scenario.thread("looker", [&state, counters] {
                    state.open[0] = state.latch->try_wait();
                    for (int counter = 0; counter < counters; ++counter) {
                        check(!state.open[0] || state.data[counter].read() == 1, "it has been written");
                    }
                });
                scenario.finally([&state] { observe(state.open[0]); });
            },
            {}};
}

struct OnceState {
    kernel::Machine machine;
    Left<Once> once;
    ModelAtomics::plain<int> calls{0};
};

ModelTest calling(int threads)
{
    return {"Once: " + std::to_string(threads) + " call",
            [=](Scenario& scenario) {
                OnceState& state = scenario.make<OnceState>();
                scenario.name(*state.once, "once");
                scenario.name(state.machine, "machine");
                for (int thread = 0; thread < threads; ++thread) {
                    scenario.thread(std::string(1, static_cast<char>('A' + thread)), [&state] {
                        state.once->call([&state] { state.calls.write() = state.calls.read() + 1; });
                        check(state.calls.read() == 1, "it has been called");
                    });
                }
                scenario.finally([&state] { check(state.once->is_done(), "it is done"); });
            },
            {}};
}

ModelTest looking()
{
    return {"Once: one calls, one looks",
            [](Scenario& scenario) {
                OnceState& state = scenario.make<OnceState>();
                scenario.name(*state.once, "once");
                scenario.thread("caller", [&state] {
                    state.once->call([&state] { state.calls.write() = state.calls.read() + 1; });
                });
                scenario.thread("looker", [&state] {
                    check(!state.once->is_done() || state.calls.read() == 1, "it has been called");
                });
            },
            {}};
}

}  // namespace

TEST_CASE("Latch: opens when all have come" * doctest::test_suite("quick"))
{
    expect_pass(counting(1, 1));
    expect_pass(counting(2, 1));
    expect_pass(counting(1, 2));
    expect_pass(arriving(2));
    CHECK(expect_pass(limited()).outcomes.size() == 2);
    CHECK(expect_pass(looking_at_latch(1)).outcomes.size() == 2);
    CHECK(expect_pass(looking_at_latch(2)).outcomes.size() == 2);
}

TEST_CASE("Latch: larger" * doctest::test_suite("slow"))
{
    expect_pass(counting(2, 2));
    expect_pass(arriving(3));
}

TEST_CASE("Once: is called once, and done for all" * doctest::test_suite("quick"))
{
    expect_pass(calling(2));
    expect_pass(looking());
}

TEST_CASE("Once: larger" * doctest::test_suite("slow"))
{
    expect_pass(calling(3));
}

TEST_CASE("Latch and Once: mutants" * doctest::test_suite("quick"))
{
    const ModelTest tests[] = {counting(1, 1), counting(2, 1), counting(1, 2), arriving(2),
                               looking_at_latch(1), looking_at_latch(2), calling(2), looking()};
    expect_caught("pegplan/latch.hpp", tests);
    expect_caught("core/sync/latch.cpp", tests);
    expect_caught("pegplan/once.hpp", tests);
    expect_caught("core/sync/once.cpp", tests);
}

}  // namespace pegplan::model
