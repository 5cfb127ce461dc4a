// Model tests of workers that go to sleep (core/tasks/parking.hpp), and of the set of sleepers (core/smp/sleepers.hpp).
#include "tasks_state.hpp"

#include <doctest/doctest.h>

namespace pegplan::model {

using namespace tasks;

namespace {

/// Somebody who is busy pushes tasks; each keeps the worker that takes it. A wake-up that is lost is a deadlock.
ModelTest stealing(std::size_t tasks, std::size_t thieves)
{
    return {"Parking: " + std::to_string(tasks) + " pushed, " + std::to_string(thieves) + " idle",
            [=](Scenario& scenario) {
                State& state = scenario.make<State>(scenario);
                scenario.thread("owner", [&state, tasks] {
                    for (std::size_t number = 0; number < tasks; ++number) {
                        state.push_task(number);
                    }
                });
                for (std::size_t thief = 0; thief < thieves; ++thief) {
                    scenario.thread("worker" + std::to_string(thief),
                                    [&state, thief] { state.find_one(thief, [&state] { return state.steal(); }); });
                }
                scenario.finally([&state, tasks] {
                    for (std::size_t number = 0; number < tasks; ++number) {
                        check(state.items[number].taken.read() == 1, "every task was taken once");
                    }
                });
            },
            {}};
}

/// Threads put tasks into the inbox; workers take so many that each is taken.
ModelTest inbox(std::size_t producers, std::size_t tasks_of_each, std::size_t takers)
{
    const std::size_t quota = producers * tasks_of_each / takers;
    return {"Parking: " + std::to_string(producers) + (producers == 1 ? " producer of " : " producers of ") +
                std::to_string(tasks_of_each) + ", " + std::to_string(takers) + " idle",
            [=](Scenario& scenario) {
                State& state = scenario.make<State>(scenario);
                for (std::size_t producer = 0; producer < producers; ++producer) {
                    scenario.thread("producer" + std::to_string(producer), [&state, producer, tasks_of_each] {
                        for (std::size_t number = 0; number < tasks_of_each; ++number) {
                            state.push_job(producer * tasks_of_each + number);
                        }
                    });
                }
                for (std::size_t taker = 0; taker < takers; ++taker) {
                    scenario.thread("worker" + std::to_string(taker), [&state, taker, quota] {
                        const auto look = [&state] { return state.inbox.try_pop().value_or(nullptr); };
                        for (std::size_t turn = 0; turn < quota; ++turn) {
                            state.find_one(taker, look);
                            state.wake(state.parking.claim_for_task(nobody_is_near));
                        }
                    });
                }
                scenario.finally([&state, tasks = producers * tasks_of_each] {
                    for (std::size_t number = 0; number < tasks; ++number) {
                        check(state.items[number].taken.read() == 1, "every task was taken once");
                    }
                });
            },
            {}};
}

/// Somebody passes on a wake-up while another one pushes two tasks, and relies on what the first one has done.
ModelTest passing_on()
{
    return {"Parking: 2 pushed, 1 idle, another wakes it too",
            [](Scenario& scenario) {
                State& state = scenario.make<State>(scenario);
                scenario.thread("owner", [&state] {
                    state.push_job(0);
                    state.push_job(1);
                });
                scenario.thread("another", [&state] { state.wake(state.parking.claim_for_task(nobody_is_near)); });
                scenario.thread("worker", [&state] {
                    const auto look = [&state] { return state.inbox.try_pop().value_or(nullptr); };
                    state.find_one(0, look);
                    state.find_one(0, look);
                });
                scenario.finally([] {});
            },
            {}};
}

/// A worker waits for a group, another one has nothing to do. Somebody pushes a task, which may wake either of them, and does the last
/// task of the group, which wakes the first. The pushed one must be done in any case.
ModelTest waiting_among_idle()
{
    return {"Parking: 1 waits for a group beside 1 idle",
            [](Scenario& scenario) {
                State& state = scenario.make<State>(scenario);
                state.group->add();
                scenario.thread("busy", [&state] {
                    state.push_task(0);
                    state.finish(0);
                });
                scenario.thread("waiter", [&state] {
                    Waiting waiting{state, 1, true};
                    check(waiting.wait() == Word::Wait::done, "nothing is wrong");
                    check(state.results[0].read() == 1, "what the task has written is there");
                    state.group.reset();
                    state.waiter_took = waiting.took;
                    if (waiting.took) {
                        state.push_job(1);  // so that the other one comes to an end
                    }
                });
                scenario.thread("idle", [&state] {
                    state.find_one(0, [&state] {
                        Item* const task = state.steal();
                        return task != nullptr ? task : state.inbox.try_pop().value_or(nullptr);
                    });
                });
                scenario.finally([&state] {
                    check(state.items[0].taken.read() == 1, "the task was done");
                    observe(state.waiter_took);
                });
            },
            {}};
}

/// A worker waits for a group. One pushes a task, which wakes it, another does the last task of the group.
ModelTest woken_twice()
{
    return {"Parking: 1 waits for a group, and is woken for a task",
            [](Scenario& scenario) {
                State& state = scenario.make<State>(scenario);
                state.group->add();
                scenario.thread("busy", [&state] { state.push_task(0); });
                scenario.thread("task", [&state] { state.finish(0); });
                scenario.thread("waiter", [&state] {
                    Waiting waiting{state, 1, true};
                    check(waiting.wait() == Word::Wait::done, "nothing is wrong");
                    check(state.results[0].read() == 1, "what the task has written is there");
                    observe(waiting.took);
                });
                scenario.finally([] {});
            },
            {}};
}

}  // namespace

TEST_CASE("Parking: no wake-up gets lost" * doctest::test_suite("quick"))
{
    expect_pass(stealing(1, 1));
    expect_pass(stealing(2, 2));
    expect_pass(inbox(1, 1, 1));
    expect_pass(inbox(2, 1, 1));
    expect_pass(passing_on());
    const Result waiting = expect_pass(waiting_among_idle());
    CHECK(waiting.outcomes.contains({0}));
    CHECK(waiting.outcomes.contains({1}));
    expect_pass(woken_twice());
}

TEST_CASE("Parking: larger" * doctest::test_suite("slow"))
{
    expect_pass(inbox(1, 2, 2));
}

TEST_CASE("Parking: mutants" * doctest::test_suite("quick"))
{
    const ModelTest tests[] = {inbox(1, 1, 1), stealing(1, 1), passing_on(), woken_twice(), waiting_among_idle()};
    expect_caught("core/tasks/parking.hpp", tests);
    expect_caught("core/smp/sleepers.hpp", tests);
}

}  // namespace pegplan::model
