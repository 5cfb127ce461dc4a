// Model tests of groups (core/tasks/group_word.hpp), and of waits for groups (core/tasks/waiting.hpp).
#include "tasks_state.hpp"

#include <doctest/doctest.h>

namespace pegplan::model {

using namespace tasks;

namespace {

/// Two finish the tasks of a group for which a worker waits that has stolen as often as it may.
ModelTest finishing(int finishers)
{
    return {"TaskGroup: a worker waits for " + std::to_string(finishers),
            [=](Scenario& scenario) {
                State& state = scenario.make<State>(scenario);
                for (int finisher = 0; finisher < finishers; ++finisher) {
                    state.group->add();
                    scenario.thread("task" + std::to_string(finisher),
                                    [&state, finisher] { state.finish(static_cast<std::size_t>(finisher)); });
                }
                scenario.thread("waiter", [&state, finishers] {
                    Waiting waiting{state, 0, false};
                    check(waiting.wait() == Word::Wait::done, "nothing is wrong");
                    for (int finisher = 0; finisher < finishers; ++finisher) {
                        check(state.results[static_cast<std::size_t>(finisher)].read() == 1, "what the tasks have written is there");
                    }
                    state.group.reset();
                });
            },
            {}};
}

/// The same; a late wake-up for a task wakes the worker as well.
ModelTest woken_for_nothing()
{
    return {"TaskGroup: a worker waits for 1, and is woken for nothing",
            [](Scenario& scenario) {
                State& state = scenario.make<State>(scenario);
                state.group->add();
                scenario.thread("late", [&state] { state.events[0].set(); });
                scenario.thread("task", [&state] { state.finish(0); });
                scenario.thread("waiter", [&state] {
                    Waiting waiting{state, 0, false};
                    check(waiting.wait() == Word::Wait::done, "nothing is wrong");
                    state.group.reset();
                });
            },
            {}};
}

/// A thread waits: it goes when it has been woken, not earlier, since the finisher wakes it through the group.
ModelTest thread_waiting(int finishers)
{
    return {"TaskGroup: a thread waits for " + std::to_string(finishers),
            [=](Scenario& scenario) {
                State& state = scenario.make<State>(scenario);
                for (int finisher = 0; finisher < finishers; ++finisher) {
                    check(state.group->add_guest(), "no worker waits");
                    scenario.thread("task" + std::to_string(finisher),
                                    [&state, finisher] { state.finish(static_cast<std::size_t>(finisher)); });
                }
                scenario.thread("thread", [&state, finishers] {
                    Word::Wait wait = state.group->begin_wait(kernel::thread_waits, false);
                    while (wait == Word::Wait::pending) {
                        state.events[0].rest();
                        wait = state.group->begin_wait(kernel::thread_waits, true);
                    }
                    check(wait == Word::Wait::done, "nothing is wrong");
                    for (int finisher = 0; finisher < finishers; ++finisher) {
                        check(state.results[static_cast<std::size_t>(finisher)].read() == 1, "what the tasks have written is there");
                    }
                    state.group->end_wait();
                    check(state.group->is_untouched(), "it can be used again");
                    state.group.reset();
                });
            },
            {}};
}

/// Somebody sees without waiting that all has been done.
ModelTest looking()
{
    return {"TaskGroup: somebody looks whether 1 is done",
            [](Scenario& scenario) {
                State& state = scenario.make<State>(scenario);
                state.group->add();
                scenario.thread("task", [&state] { state.finish(0); });
                scenario.thread("first", [&state] {
                    const bool done = state.group->is_untouched();
                    check(!done || state.results[0].read() == 1, "what the task has written is there");
                });
                scenario.finally([] {});
            },
            {}};
}

/// A worker waits for a group to which somebody adds who is no worker: one of them notices.
ModelTest guest()
{
    return {"TaskGroup: a guest beside a worker that waits",
            [](Scenario& scenario) {
                State& state = scenario.make<State>(scenario);
                struct Seen {
                    bool by_guest = false;
                    bool by_worker = false;
                };
                Seen& seen = scenario.make<Seen>();
                state.group->add();
                scenario.thread("guest", [&state, &seen] { seen.by_guest = !state.group->add_guest(); });
                scenario.thread("worker", [&state, &seen] { seen.by_worker = state.group->begin_wait(1, false) == Word::Wait::guests; });
                scenario.finally([&seen] {
                    check(seen.by_guest || seen.by_worker, "one notices");
                    observe(seen.by_guest);
                });
            },
            {}};
}

}  // namespace

TEST_CASE("TaskGroup: a wait ends when all is done, and nobody looks into the group any more" * doctest::test_suite("quick"))
{
    expect_pass(finishing(1));
    expect_pass(finishing(2));
    expect_pass(woken_for_nothing());
    expect_pass(thread_waiting(1));
    expect_pass(thread_waiting(2));
    expect_pass(looking());
    const Result guests = expect_pass(guest());
    CHECK(guests.outcomes.size() == 2);
}

TEST_CASE("TaskGroup: mutants" * doctest::test_suite("quick"))
{
    const ModelTest tests[] = {finishing(1), finishing(2), thread_waiting(1), thread_waiting(2), looking(), woken_for_nothing()};
    expect_caught("core/tasks/group_word.hpp", tests);
}

}  // namespace pegplan::model
