// Model tests of requests to stop.
#include "core/sched/section.hpp"
#include "left.hpp"
#include "model_test.hpp"

#include <pegplan/stop_token.hpp>

#include <doctest/doctest.h>

namespace pegplan::model {

namespace {

struct State {
    kernel::Machine machine;
    Left<StopSource> source;
    ModelAtomics::plain<int> data{0};
    ModelAtomics::plain<int> calls{0};
    int first[max_threads]{};
    bool seen = false;
};

State& make_state(Scenario& scenario)
{
    State& state = scenario.make<State>();
    scenario.name(*state.source, "source");
    scenario.name(state.machine, "machine");
    return state;
}

void request(State& state)
{
    state.data.write() = 1;
    state.source->request_stop();
}

ModelTest looking()
{
    return {"StopSource: one requests, one looks",
            [](Scenario& scenario) {
                State& state = make_state(scenario);
                scenario.thread("requester", [&state] { request(state); });
                scenario.thread("looker", [&state] {
                    state.seen = state.source->token().stop_requested();
                    check(!state.seen || state.data.read() == 1, "the request came first");
                });
                scenario.finally([&state] { observe(state.seen); });
            },
            {}};
}

ModelTest waiting()
{
    return {"StopSource: one requests, one waits",
            [](Scenario& scenario) {
                State& state = make_state(scenario);
                scenario.thread("requester", [&state] { request(state); });
                scenario.thread("waiter", [&state] {
                    static_cast<void>(wait_any(when::stop_requested(state.source->token())));
                    check(state.data.read() == 1, "the request came first");
                });
            },
            {}};
}

ModelTest requesting_twice()
{
    return {"StopSource: two request",
            [](Scenario& scenario) {
                State& state = make_state(scenario);
                for (int thread = 0; thread < 2; ++thread) {
                    scenario.thread(std::string(1, static_cast<char>('A' + thread)),
                                    [&state, thread] { state.first[thread] = state.source->request_stop() ? 1 : 0; });
                }
                scenario.finally([&state] { check(state.first[0] + state.first[1] == 1, "one of them was the first"); });
            },
            {}};
}

/// A callback is called once if the request comes while it is registered, or before; and never behind its end.
ModelTest calling_back()
{
    return {"StopSource: one requests, one registers and removes a callback",
            [](Scenario& scenario) {
                State& state = make_state(scenario);
                scenario.thread("requester", [&state] { request(state); });
                scenario.thread("registrar", [&state] {
                    {
                        const StopCallback callback{state.source->token(), [&state] { state.calls.write() = state.calls.read() + 1; }};
                    }
                    const int calls = state.calls.read();  // a data race if it still runs
                    check(calls == 0 || calls == 1, "it is called once at most");
                });
                scenario.finally([&state] { observe(state.calls.read()); });
            },
            {}};
}

}  // namespace

TEST_CASE("StopSource: requests are seen" * doctest::test_suite("quick"))
{
    CHECK(expect_pass(looking()).outcomes.size() == 2);
    expect_pass(waiting());
    expect_pass(requesting_twice());
    CHECK(expect_pass(calling_back()).outcomes.size() == 2);
}

TEST_CASE("StopSource: mutants" * doctest::test_suite("quick"))
{
    const ModelTest tests[] = {looking(), waiting(), calling_back()};
    expect_caught("pegplan/stop_token.hpp", tests);
    expect_caught("core/sync/stop_token.cpp", tests);
}

}  // namespace pegplan::model
