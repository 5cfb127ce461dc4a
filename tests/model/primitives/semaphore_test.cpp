// Model tests of the semaphore, and of waiting for one of two.
#include "core/sched/section.hpp"
#include "left.hpp"
#include "model_test.hpp"

#include <pegplan/semaphore.hpp>

#include <doctest/doctest.h>

namespace pegplan::model {

namespace {

using namespace std::chrono_literals;

struct State {
    explicit State(int initial = 0, int maximum = Semaphore::largest) : semaphore{initial, maximum} {}

    kernel::Machine machine;
    Left<Semaphore> semaphore;
    ModelAtomics::plain<int> data{0};
    int taken[max_threads]{};
};

State& make_state(Scenario& scenario, int initial = 0, int maximum = Semaphore::largest)
{
    State& state = scenario.make<State>(initial, maximum);
    scenario.name(*state.semaphore, "semaphore");
    scenario.name(state.machine, "machine");
    return state;
}

/// Nobody waits for ever for units that are there, and none is lost or made.
ModelTest units(int givers, int takers)
{
    return {"Semaphore: " + std::to_string(givers) + " give, " + std::to_string(takers) + " take",
            [=](Scenario& scenario) {
                State& state = make_state(scenario);
                for (int giver = 0; giver < givers; ++giver) {
                    scenario.thread("giver" + std::to_string(giver), [&state] { state.semaphore->release(); });
                }
                for (int taker = 0; taker < takers; ++taker) {
                    scenario.thread("taker" + std::to_string(taker), [&state] { state.semaphore->acquire(); });
                }
                scenario.finally([&state, left = givers - takers] { check(state.semaphore->value() == left, "the sum is right"); });
            },
            {}};
}

/// What was written before units were given is there for those who take them.
ModelTest handing_over(int count, int takers)
{
    return {"Semaphore: one gives " + std::to_string(count) + " at once to " + std::to_string(takers),
            [=](Scenario& scenario) {
                State& state = make_state(scenario);
                scenario.thread("giver", [&state, count] {
                    state.data.write() = 1;
                    state.semaphore->release(count);
                });
                for (int taker = 0; taker < takers; ++taker) {
                    scenario.thread("taker" + std::to_string(taker), [&state] {
                        state.semaphore->acquire();
                        check(state.data.read() == 1, "the giver came first");
                    });
                }
                scenario.finally([&state, left = count - takers] { check(state.semaphore->value() == left, "the sum is right"); });
            },
            {}};
}

/// Somebody waits with a limit: either there is a unit for him, or he has left none behind.
ModelTest giving_up(int patient)
{
    return {"Semaphore: one gives, one waits with a limit" + std::string(patient != 0 ? ", and one without" : ""),
            [=](Scenario& scenario) {
                State& state = make_state(scenario);
                scenario.thread("giver", [&state, patient] {
                    state.semaphore->release();
                    if (patient != 0) {
                        state.semaphore->release();
                    }
                });
                scenario.thread("hasty", [&state] { state.taken[0] = state.semaphore->try_acquire_for(1ns) ? 1 : 0; });
                if (patient != 0) {
                    scenario.thread("patient", [&state] { state.semaphore->acquire(); });
                }
                scenario.finally([&state] {
                    observe(state.taken[0]);
                    check(state.semaphore->value() == 1 - state.taken[0], "the sum is right");
                });
            },
            {}};
}

/// Signals that meet one which nobody has taken yet merge with it, and no other way of losing them exists.
ModelTest merging()
{
    return {"Semaphore: signals merge",
            [](Scenario& scenario) {
                State& state = make_state(scenario, 0, 1);
                for (int giver = 0; giver < 2; ++giver) {
                    scenario.thread("giver" + std::to_string(giver),
                                    [&state, giver] { state.taken[giver] = state.semaphore->try_release().has_value() ? 1 : 0; });
                }
                scenario.thread("taker", [&state] { state.semaphore->acquire(); });
                scenario.finally([&state] {
                    const int given = state.taken[0] + state.taken[1];
                    observe(given);
                    check(state.semaphore->value() == given - 1, "the sum is right");
                });
            },
            {}};
}

/// A thread waits for whichever of two semaphores comes first, with another one that waits for the second alone.
ModelTest either(bool with_rival)
{
    return {"Semaphore: one waits for two" + std::string(with_rival ? ", another for the second" : ""),
            [=](Scenario& scenario) {
                struct Two : State {
                    Left<Semaphore> second{0};
                };
                Two& state = scenario.make<Two>();
                scenario.name(*state.semaphore, "first");
                scenario.name(*state.second, "second");
                scenario.name(state.machine, "machine");
                scenario.thread("giver of the first", [&state] { state.semaphore->release(); });
                scenario.thread("giver of the second", [&state] { state.second->release(); });
                scenario.thread("waiter", [&state] {
                    state.taken[0] = static_cast<int>(wait_any(when::acquired(*state.semaphore), when::acquired(*state.second)));
                });
                if (with_rival) {
                    scenario.thread("rival", [&state] { state.taken[1] = state.second->try_acquire_for(1ns) ? 1 : 0; });
                }
                scenario.finally([&state] {
                    observe(state.taken[0]);
                    observe(state.taken[1]);
                    check(state.semaphore->value() == (state.taken[0] == 0 ? 0 : 1), "the first is as it should be");
                    check(state.second->value() == (state.taken[0] == 1 ? 0 : 1) - state.taken[1], "so is the second");
                });
            },
            {}};
}

}  // namespace

TEST_CASE("Semaphore: units are taken by those who wait for them" * doctest::test_suite("quick"))
{
    expect_pass(units(1, 1));
    expect_pass(units(2, 1));
    expect_pass(units(2, 2));
    expect_pass(handing_over(1, 1));
    expect_pass(handing_over(2, 1));
    expect_pass(handing_over(2, 2));
}

TEST_CASE("Semaphore: giving up, merging, and choosing" * doctest::test_suite("quick"))
{
    const Result hasty = expect_pass(giving_up(0));
    CHECK(hasty.outcomes.contains({0}));
    CHECK(hasty.outcomes.contains({1}));
    CHECK(expect_pass(giving_up(1)).outcomes.size() == 2);
    const Result merged = expect_pass(merging());
    CHECK(merged.outcomes.contains({1}));
    CHECK(merged.outcomes.contains({2}));
    CHECK(merged.outcomes.size() == 2);
    CHECK(expect_pass(either(false)).outcomes.size() == 2);
}

TEST_CASE("Semaphore: larger" * doctest::test_suite("slow"))
{
    CHECK(expect_pass(either(true)).outcomes.size() == 3);
    expect_pass(units(3, 1));
}

TEST_CASE("Semaphore: mutants" * doctest::test_suite("quick"))
{
    const ModelTest tests[] = {handing_over(1, 1), handing_over(2, 1), handing_over(2, 2), units(2, 2)};
    expect_caught("pegplan/semaphore.hpp", tests);
    expect_caught("core/sync/semaphore.cpp", tests);
}

}  // namespace pegplan::model
