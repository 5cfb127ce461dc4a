// Model tests of event flags.
#include "core/sched/section.hpp"
#include "left.hpp"
#include "model_test.hpp"

#include <pegplan/event_flags.hpp>

#include <doctest/doctest.h>

namespace pegplan::model {

namespace {

using namespace std::chrono_literals;

using OnExit = EventFlags::OnExit;

constexpr EventFlags::Flags first_flag = 1;
constexpr EventFlags::Flags second_flag = 2;

struct State {
    kernel::Machine machine;
    Left<EventFlags> events;
    ModelAtomics::plain<int> first{0};
    ModelAtomics::plain<int> second{0};
    EventFlags::Flags seen[max_threads]{};
    bool ended[max_threads]{};
};

State& make_state(Scenario& scenario)
{
    State& state = scenario.make<State>();
    scenario.name(*state.events, "events");
    scenario.name(state.first, "first");
    scenario.name(state.second, "second");
    scenario.name(state.machine, "machine");
    return state;
}

void add_setters(Scenario& scenario, State& state)
{
    scenario.thread("sets the first", [&state] {
        state.first.write() = 1;
        state.events->set(first_flag);
    });
    scenario.thread("sets the second", [&state] {
        state.second.write() = 1;
        state.events->set(second_flag);
    });
}

/// What was written before a flag was set is there for whoever has seen that flag, whoever has ended his wait.
ModelTest any_of_two(OnExit on_exit)
{
    return {"EventFlags: two set, one waits for any" + std::string(on_exit == OnExit::clear ? ", and clears" : ""),
            [=](Scenario& scenario) {
                State& state = make_state(scenario);
                add_setters(scenario, state);
                scenario.thread("waiter", [&state, on_exit] {
                    const EventFlags::Flags seen = state.events->wait_any(first_flag | second_flag, on_exit);
                    check((seen & first_flag) == 0 || state.first.read() == 1, "the first has been written");
                    check((seen & second_flag) == 0 || state.second.read() == 1, "the second has been written");
                    state.seen[0] = seen;
                });
                scenario.finally([&state, on_exit] {
                    observe(state.seen[0]);
                    check((state.events->get() | state.seen[0]) == (first_flag | second_flag), "no flag is lost");
                    check(on_exit == OnExit::keep || (state.events->get() & state.seen[0]) == 0, "what was seen was cleared");
                });
            },
            {}};
}

ModelTest both()
{
    return {"EventFlags: two set, one waits for all",
            [](Scenario& scenario) {
                State& state = make_state(scenario);
                add_setters(scenario, state);
                scenario.thread("waiter", [&state] {
                    const EventFlags::Flags seen = state.events->wait_all(first_flag | second_flag, OnExit::clear);
                    check(seen == (first_flag | second_flag), "it is all of them");
                    check(state.first.read() == 1 && state.second.read() == 1, "both have been written");
                });
                scenario.finally([&state] { check(state.events->get() == 0, "both have been cleared"); });
            },
            {}};
}

/// One setter's flag may end the wait for the other's.
ModelTest of_another()
{
    return {"EventFlags: two set, one waits for the first",
            [](Scenario& scenario) {
                State& state = make_state(scenario);
                add_setters(scenario, state);
                scenario.thread("waiter", [&state] {
                    state.seen[0] = state.events->wait_any(first_flag);
                    check(state.first.read() == 1, "the first has been written");
                });
                scenario.finally([&state] { observe(state.seen[0]); });
            },
            {}};
}

/// Each event is seen by one of those who take it away, if they are not there at the same moment.
ModelTest rivals()
{
    return {"EventFlags: one sets, two wait with a limit and clear",
            [](Scenario& scenario) {
                State& state = make_state(scenario);
                scenario.thread("setter", [&state] {
                    state.first.write() = 1;
                    state.events->set(first_flag);
                });
                for (int waiter = 0; waiter < 2; ++waiter) {
                    scenario.thread("waiter" + std::to_string(waiter), [&state, waiter] {
                        state.ended[waiter] = state.events->wait_any_for(first_flag, 1ns, OnExit::clear).has_value();
                        check(!state.ended[waiter] || state.first.read() == 1, "the first has been written");
                    });
                }
                scenario.finally([&state] {
                    const int ended = (state.ended[0] ? 1 : 0) + (state.ended[1] ? 1 : 0);
                    observe(ended);
                    check((state.events->get() == 0) == (ended > 0), "it is cleared exactly if somebody has seen it");
                });
            },
            {}};
}

/// `clear` returns what it takes away.
ModelTest clearing()
{
    return {"EventFlags: one sets, one clears, one waits with a limit",
            [](Scenario& scenario) {
                State& state = make_state(scenario);
                scenario.thread("setter", [&state] {
                    state.first.write() = 1;
                    state.events->set(first_flag);
                });
                scenario.thread("clearer", [&state] {
                    state.seen[0] = state.events->clear(first_flag);
                    check((state.seen[0] & first_flag) == 0 || state.first.read() == 1, "the first has been written");
                });
                scenario.thread("waiter", [&state] {
                    state.ended[0] = state.events->wait_any_for(first_flag, 1ns).has_value();
                    check(!state.ended[0] || state.first.read() == 1, "the first has been written");
                });
                scenario.finally([&state] {
                    observe(state.seen[0]);
                    observe(state.ended[0]);
                    check(state.events->get() + state.seen[0] == first_flag, "it is set, or has been cleared");
                });
            },
            {}};
}

/// A flag that is taken away takes its event along: what was to be found because of it is found.
ModelTest signalling()
{
    return {"EventFlags: two set the same, one waits and clears",
            [](Scenario& scenario) {
                struct WithItem : State {
                    ModelAtomics::atomic<int> item{0};
                };
                WithItem& state = scenario.make<WithItem>();
                scenario.name(*state.events, "events");
                scenario.name(state.item, "item");
                scenario.name(state.machine, "machine");
                scenario.thread("sets", [&state] { state.events->set(first_flag); });
                scenario.thread("brings something and sets", [&state] {
                    state.item.store(1, std::memory_order_relaxed);
                    state.events->set(first_flag);
                });
                scenario.thread("waiter", [&state] {
                    state.events->wait_any(first_flag, OnExit::clear);
                    state.seen[0] = static_cast<EventFlags::Flags>(state.item.load(std::memory_order_relaxed));
                });
                scenario.finally([&state] {
                    observe(state.seen[0]);
                    observe(state.events->get());
                    check(state.events->get() != 0 || state.seen[0] != 0, "it was found, or there is still a signal");
                });
            },
            {}};
}

/// Clearing a flag is a signal too, for those who look.
ModelTest looking_for_its_end()
{
    return {"EventFlags: one clears, one looks",
            [](Scenario& scenario) {
                State& state = make_state(scenario);
                state.events->set(first_flag);
                scenario.thread("clearer", [&state] {
                    state.first.write() = 1;
                    state.events->clear(first_flag);
                });
                scenario.thread("looker", [&state] {
                    state.seen[0] = state.events->get();
                    check(state.seen[0] != 0 || state.first.read() == 1, "the first has been written");
                });
                scenario.finally([&state] { observe(state.seen[0]); });
            },
            {}};
}

/// Whoever looks without waiting.
ModelTest looking()
{
    return {"EventFlags: one sets, one looks",
            [](Scenario& scenario) {
                State& state = make_state(scenario);
                scenario.thread("setter", [&state] {
                    state.first.write() = 1;
                    state.events->set(first_flag);
                });
                scenario.thread("looker", [&state] {
                    state.seen[0] = state.events->get();
                    check((state.seen[0] & first_flag) == 0 || state.first.read() == 1, "the first has been written");
                });
                scenario.finally([&state] { observe(state.seen[0]); });
            },
            {}};
}

}  // namespace

TEST_CASE("EventFlags: waits end" * doctest::test_suite("quick"))
{
    const Result any = expect_pass(any_of_two(OnExit::keep));
    CHECK(any.outcomes.size() == 3);
    CHECK(expect_pass(any_of_two(OnExit::clear)).outcomes.size() == 3);
    expect_pass(both());
    CHECK(expect_pass(of_another()).outcomes.size() == 2);
    CHECK(expect_pass(looking()).outcomes.size() == 2);
}

TEST_CASE("EventFlags: events are seen" * doctest::test_suite("quick"))
{
    CHECK(expect_pass(rivals()).outcomes.size() == 3);
    CHECK(expect_pass(clearing()).outcomes.size() == 4);
    CHECK(expect_pass(signalling()).outcomes.size() == 3);
    CHECK(expect_pass(looking_for_its_end()).outcomes.size() == 2);
}

TEST_CASE("EventFlags: mutants" * doctest::test_suite("quick"))
{
    const ModelTest tests[] = {looking(), any_of_two(OnExit::keep), any_of_two(OnExit::clear), of_another(), clearing(),
                               signalling(), looking_for_its_end()};
    expect_caught("pegplan/event_flags.hpp", tests);
    expect_caught("core/sync/event_flags.cpp", tests);
}

}  // namespace pegplan::model
