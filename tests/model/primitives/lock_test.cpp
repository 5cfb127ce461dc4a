// Model tests of the mutex and of the readers-writer lock.
#include "core/sched/section.hpp"
#include "left.hpp"
#include "model_test.hpp"

#include <pegplan/mutex.hpp>
#include <pegplan/rw_lock.hpp>

#include <doctest/doctest.h>

namespace pegplan::model {

namespace {

using namespace std::chrono_literals;

template <class Lock>
struct State {
    kernel::Machine machine;
    Left<Lock> lock;
    ModelAtomics::plain<int> counter{0};
    int entered[max_threads]{};

    void count(int thread)
    {
        counter.write() = counter.read() + 1;
        entered[thread] = 1;
    }

    [[nodiscard]] int sum() const
    {
        int sum = 0;
        for (const int one : entered) {
            sum += one;
        }
        return sum;
    }
};

template <class Lock>
State<Lock>& make_state(Scenario& scenario)
{
    State<Lock>& state = scenario.make<State<Lock>>();
    scenario.name(*state.lock, "lock");
    scenario.name(state.counter, "counter");
    scenario.name(state.machine, "machine");
    return state;
}

template <class Lock>
constexpr const char* name_of_lock = "Mutex";
template <>
constexpr const char* name_of_lock<RwLock<>> = "RwLock";

/// Each letter of `threads` is a thread: l locks, t tries, w waits with a limit; r, s, v the same for reading.
template <class Lock>
ModelTest exclusion(std::string threads)
{
    return {std::string(name_of_lock<Lock>) + ": threads " + threads,
            [threads](Scenario& scenario) {
                State<Lock>& state = make_state<Lock>(scenario);
                for (int thread = 0; thread < static_cast<int>(threads.size()); ++thread) {
                    const char kind = threads[static_cast<std::size_t>(thread)];
                    scenario.thread(std::string(1, kind) + std::to_string(thread), [&state, thread, kind] {
                        Lock& lock = *state.lock;
                        bool is_in = true;
                        switch (kind) {
                        case 'l': lock.lock(); break;
                        case 't': is_in = lock.try_lock(); break;
                        case 'w': is_in = lock.try_lock_for(1ns); break;
                        default:
                            if constexpr (std::same_as<Lock, RwLock<>>) {
                                switch (kind) {
                                case 'r': lock.lock_shared(); break;
                                case 's': is_in = lock.try_lock_shared(); break;
                                default: is_in = lock.try_lock_shared_for(1ns); break;
                                }
                                if (is_in) {
                                    const int before = state.counter.read();
                                    check(state.counter.read() == before, "nobody writes meanwhile");
                                    state.entered[thread] = 1;
                                    lock.unlock_shared();
                                }
                            }
                            return;
                        }
                        if (is_in) {
                            state.count(thread);
                            lock.unlock();
                        }
                    });
                }
                scenario.finally([&state, threads] {
                    int writers = 0;
                    for (std::size_t thread = 0; thread < threads.size(); ++thread) {
                        const bool reads = threads[thread] == 'r' || threads[thread] == 's' || threads[thread] == 'v';
                        writers += reads ? 0 : state.entered[thread];
                    }
                    check(state.counter.read() == writers, "every holder has counted");
                    check(state.lock->try_lock(), "the lock is free");
                    observe(state.sum());
                });
            },
            {}};
}

using Plain = Mutex<>;
using Shared = RwLock<>;

}  // namespace

TEST_CASE("Mutex: exclusion" * doctest::test_suite("quick"))
{
    expect_pass(exclusion<Plain>("ll"));
    CHECK(expect_pass(exclusion<Plain>("lt")).outcomes.size() == 2);
    CHECK(expect_pass(exclusion<Plain>("lw")).outcomes.size() == 2);
    CHECK(expect_pass(exclusion<Plain>("llw")).outcomes.size() == 2);
    expect_pass(exclusion<Plain>("lll"));
}

TEST_CASE("RwLock: writers exclude all, readers only writers" * doctest::test_suite("quick"))
{
    expect_pass(exclusion<Shared>("ll"));
    expect_pass(exclusion<Shared>("lr"));
    expect_pass(exclusion<Shared>("rr"));
    CHECK(expect_pass(exclusion<Shared>("rt")).outcomes.size() == 2);
    CHECK(expect_pass(exclusion<Shared>("ls")).outcomes.size() == 2);
    CHECK(expect_pass(exclusion<Shared>("rw")).outcomes.size() == 2);
    CHECK(expect_pass(exclusion<Shared>("lv")).outcomes.size() == 2);
}

TEST_CASE("RwLock: three" * doctest::test_suite("quick"))
{
    expect_pass(exclusion<Shared>("lrr"));
    CHECK(expect_pass(exclusion<Shared>("rwr")).outcomes.size() == 2);
    CHECK(expect_pass(exclusion<Shared>("rwl")).outcomes.size() == 2);
}

TEST_CASE("RwLock: larger" * doctest::test_suite("slow"))
{
    expect_pass(exclusion<Shared>("llr"));
    expect_pass(exclusion<Shared>("lwr"));
    expect_pass(exclusion<Shared>("lll"));
}

TEST_CASE("Mutex and RwLock: mutants" * doctest::test_suite("quick"))
{
    const ModelTest mutexes[] = {exclusion<Plain>("ll"), exclusion<Plain>("lt"), exclusion<Plain>("lw"), exclusion<Plain>("lll"),
                                 exclusion<Plain>("llw")};
    expect_caught("core/sync/mutex.cpp", mutexes);
    const ModelTest shared[] = {exclusion<Shared>("ll"), exclusion<Shared>("lr"), exclusion<Shared>("rt"), exclusion<Shared>("ls"),
                                exclusion<Shared>("rw"), exclusion<Shared>("lrr"), exclusion<Shared>("rwl")};
    expect_caught("pegplan/rw_lock.hpp", shared);
    expect_caught("core/sync/rw_lock.cpp", shared);
}

}  // namespace pegplan::model
