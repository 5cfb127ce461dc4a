// Model tests of core/sync/ticket_lock.hpp.
#include "core/sync/ticket_lock.hpp"
#include "model_test.hpp"

#include <doctest/doctest.h>

#include <mutex>

namespace pegplan::model {

namespace {

using Lock = kernel::TicketLock<ModelAtomics>;

struct State {
    Lock lock;
    ModelAtomics::plain<int> counter{0};

    void count() { counter.write() = counter.read() + 1; }
};

/// Each thread enters so many times; what they do inside is a data race unless they exclude each other.
ModelTest exclusion(int threads, int turns)
{
    const std::string name = "TicketLock: " + std::to_string(threads) + " threads lock " + std::to_string(turns) +
                             (turns == 1 ? " time" : " times");
    return {name,
            [=](Scenario& scenario) {
                State& state = scenario.make<State>();
                scenario.name(state.lock, "lock");
                scenario.name(state.counter, "counter");
                for (int thread = 0; thread < threads; ++thread) {
                    scenario.thread(std::string(1, static_cast<char>('A' + thread)), [&state, turns] {
                        for (int turn = 0; turn < turns; ++turn) {
                            const std::scoped_lock guard{state.lock};
                            state.count();
                        }
                    });
                }
                scenario.finally([&state, threads, turns] {
                    check(state.counter.read() == threads * turns, "every turn has counted");
                    check(state.lock.try_lock(), "the lock is free");
                });
            },
            {}};
}

/// Threads that try, beside threads that insist. Outcomes: how many of those that tried got the lock.
ModelTest trying(int trying_threads, int locking_threads)
{
    const std::string name =
        "TicketLock: " + std::to_string(trying_threads) + " try beside " + std::to_string(locking_threads) +
        " that lock";
    return {name,
            [=](Scenario& scenario) {
                struct TryState : State {
                    int successes[max_threads]{};
                };
                TryState& state = scenario.make<TryState>();
                scenario.name(state.lock, "lock");
                scenario.name(state.counter, "counter");
                for (int thread = 0; thread < trying_threads; ++thread) {
                    scenario.thread("try" + std::to_string(thread), [&state, thread] {
                        if (state.lock.try_lock()) {
                            state.count();
                            state.lock.unlock();
                            state.successes[thread] = 1;
                        }
                    });
                }
                for (int thread = 0; thread < locking_threads; ++thread) {
                    scenario.thread("lock" + std::to_string(thread), [&state] {
                        const std::scoped_lock guard{state.lock};
                        state.count();
                    });
                }
                scenario.finally([&state, locking_threads] {
                    int successes = 0;
                    for (const int success : state.successes) {
                        successes += success;
                    }
                    check(state.counter.read() == successes + locking_threads, "every holder has counted");
                    check(state.lock.try_lock(), "the lock is free");
                    observe(successes);
                });
            },
            {}};
}

}  // namespace

TEST_CASE("TicketLock: mutual exclusion" * doctest::test_suite("quick"))
{
    expect_pass(exclusion(2, 1));
    expect_pass(exclusion(2, 3));
    expect_pass(exclusion(3, 1));
    expect_pass(exclusion(3, 2));
    expect_pass(exclusion(4, 1));
}

TEST_CASE("TicketLock: try_lock excludes as well, and succeeds or not" * doctest::test_suite("quick"))
{
    const Result result = expect_pass(trying(1, 1));
    CHECK(result.outcomes.contains({0}));
    CHECK(result.outcomes.contains({1}));
    expect_pass(trying(2, 1));
    const Result alone = expect_pass(trying(2, 0));
    CHECK(!alone.outcomes.contains({0}));  // of those that try a free lock, one gets it
}

TEST_CASE("TicketLock: three times three" * doctest::test_suite("slow"))
{
    expect_pass(exclusion(3, 3));
    expect_pass(exclusion(4, 2));
    expect_pass(trying(2, 2));
}

TEST_CASE("TicketLock: a lock that is not given back is a deadlock" * doctest::test_suite("quick"))
{
    const Program program = [](Scenario& scenario) {
        State& state = scenario.make<State>();
        scenario.name(state.lock, "lock");
        scenario.thread("A", [&state] { state.lock.lock(); });
        scenario.thread("B", [&state] { state.lock.lock(); });
    };
    const Failure failure = expect_failure({"TicketLock: forgotten unlock", program, {}}, FailureKind::deadlock);
    CHECK(failure.message.find("waits at") != std::string::npos);
}

TEST_CASE("TicketLock: mutants" * doctest::test_suite("quick"))
{
    const ModelTest tests[] = {exclusion(2, 1), trying(1, 1), trying(2, 0)};
    expect_caught("core/sync/ticket_lock.hpp", tests);
}

}  // namespace pegplan::model
