// Mutexes: who gets them, time limits, and the standard library's guards.
#include "tests/qemu/apps/support/timing.hpp"
#include "tests/qemu/apps/support/tracked.hpp"

#include <pegplan/pegplan.hpp>

#include <array>
#include <mutex>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

constexpr Priority low{5};
constexpr Priority high{20};

void guarded_value()
{
    print("== a guarded value\n");
    Mutex<int> counter{40};
    {
        auto guard = counter.lock();
        *guard += 1;
    }
    { *counter.lock() += 1; }
    print("{}\n", *counter.lock());

    struct Point {
        int x;
        int y;
    };
    Mutex<Point> point{Point{1, 2}};
    {
        auto guard = point.lock();
        guard->x += guard->y;
    }
    const Point copy = *point.lock();
    print("{} {}\n", copy.x, copy.y);

    Mutex<Tracked> immovable{7};
    print("{}\n", immovable.lock()->value());
    Mutex<int> zero;
    print("{}\n", *zero.lock());
}

void try_forms()
{
    print("== try\n");
    Mutex<int> value{1};
    {
        auto first = value.try_lock();
        print("first {}\n", first.has_value());
        print("second {}\n", value.try_lock().has_value());
        print("second for 1ms {}\n", value.try_lock_for(0ms).has_value());
        **first = 2;
    }
    print("third {}\n", **value.try_lock());

    Mutex<> plain;
    const bool taken = plain.try_lock();
    print("free {}, locked {}\n", taken, plain.is_locked());
    auto other = spawn([&plain] {
        print("other: try {}\n", plain.try_lock());
        const auto begin = Clock::now();
        const bool got = plain.try_lock_for(2ms);
        const auto waited = Clock::now() - begin;
        print("other: for 2ms {}, early {}, late {}\n", got, waited < 2ms, waited > 2ms + timing::lateness);
        print("other: for -1ms {}\n", plain.try_lock_for(-1ms));
        print("other: until the past {}\n", plain.try_lock_until(begin));
        print("other: until +10ms {}\n", plain.try_lock_until(Clock::now() + 10ms));
        plain.unlock();
    });
    this_thread::sleep_for(5ms);
    plain.unlock();
    other->join();
    print("free again {}\n", !plain.is_locked());
}

void order_of_waiters()
{
    print("== order of waiters\n");
    Mutex<> mutex;
    mutex.lock();
    constexpr std::array levels{20, 22, 21, 22, 20, 25, 21};
    std::array<JoinHandle<void>, levels.size()> handles;
    for (std::size_t index = 0; index < levels.size(); ++index) {
        handles[index] = std::move(*ThreadBuilder{}.priority(Priority{levels[index]}).spawn([index, &mutex] {
            const std::scoped_lock lock{mutex};
            print("{} at {}\n", index, this_thread::current().priority());
        }));
    }
    this_thread::sleep_for(1ms);  // all of them wait: main, which has inherited, let the less urgent ones not run
    print("unlock\n");
    mutex.unlock();
    for (auto& handle : handles) {
        handle.join();
    }
}

void handed_over()
{
    print("== handed over, nobody overtakes\n");
    Mutex<> mutex;
    mutex.lock();
    auto waiter = ThreadBuilder{}.priority(low).spawn([&mutex] {
        mutex.lock();
        print("waiter has it\n");
        mutex.unlock();
    });
    this_thread::sleep_for(1ms);
    mutex.unlock();
    print("still locked {}\n", mutex.is_locked());
    print("try {}\n", mutex.try_lock());
    mutex.lock();
    print("main has it after the waiter\n");
    mutex.unlock();
    waiter->join();
}

void waiter_gives_up()
{
    print("== waiters give up\n");
    Mutex<> mutex;
    mutex.lock();
    // The first of three gives up; the others keep their places.
    auto patient = [&mutex](char name) {
        return [&mutex, name] {
            mutex.lock();
            print("{} has it\n", name);
            mutex.unlock();
        };
    };
    auto first = ThreadBuilder{}.priority(Priority{22}).spawn([&mutex] {
        print("first: {}\n", mutex.try_lock_for(1ms));
    });
    auto second = ThreadBuilder{}.priority(Priority{21}).spawn(patient('b'));
    auto third = ThreadBuilder{}.priority(Priority{21}).spawn(patient('c'));
    this_thread::sleep_for(2ms);
    mutex.unlock();
    print("main\n");
    first->join();
    second->join();
    third->join();

    // The only one gives up: the next unlock finds nobody.
    mutex.lock();
    auto only = ThreadBuilder{}.priority(high).spawn([&mutex] { print("only: {}\n", mutex.try_lock_for(1ms)); });
    this_thread::sleep_for(2ms);
    mutex.unlock();
    print("free {}\n", !mutex.is_locked());
    only->join();
}

/// The time limit of a less urgent waiter passes while the owner runs: the waiter is out of the queue, but has not
/// run yet when the owner leaves.
void limit_passes_while_the_owner_runs()
{
    print("== the limit passes while the owner runs\n");
    Mutex<> mutex;
    mutex.lock();
    auto waiter = ThreadBuilder{}.priority(low).spawn([&mutex] { print("waiter: {}\n", mutex.try_lock_for(2ms)); });
    this_thread::sleep_for(1ms);
    timing::spin_for(3ms);
    mutex.unlock();
    print("left, free {}\n", !mutex.is_locked());
    waiter->join();

    // The same, and the owner comes back before the waiter has run.
    mutex.lock();
    auto again = ThreadBuilder{}.priority(low).spawn([&mutex] { print("again: {}\n", mutex.try_lock_for(2ms)); });
    this_thread::sleep_for(1ms);
    timing::spin_for(3ms);
    mutex.unlock();
    mutex.lock();
    auto newcomer = ThreadBuilder{}.priority(high).spawn([&mutex] {
        mutex.lock();
        print("newcomer has it\n");
        mutex.unlock();
    });
    this_thread::sleep_for(1ms);
    mutex.unlock();
    print("free {}\n", !mutex.is_locked());
    again->join();
    newcomer->join();
}

void guards_of_the_standard_library()
{
    print("== std guards\n");
    Mutex<> first;
    Mutex<> second;
    {
        const std::scoped_lock both{first, second};
        print("scoped {} {}\n", first.is_locked(), second.is_locked());
    }
    print("scoped {} {}\n", first.is_locked(), second.is_locked());
    {
        const std::lock_guard guard{first};
        print("guard {}\n", first.is_locked());
    }
    std::unique_lock<Mutex<>> unique{first};
    print("unique {} {}\n", unique.owns_lock(), first.is_locked());
    unique.unlock();
    print("unique {} {}\n", unique.owns_lock(), first.is_locked());
    std::unique_lock<Mutex<>> deferred{second, std::defer_lock};
    print("deferred {}\n", deferred.owns_lock());
    print("try {}\n", deferred.try_lock());
    std::unique_lock<Mutex<>> adopted{*deferred.release(), std::adopt_lock};
    print("adopted {}\n", adopted.owns_lock());

    // Two threads take two mutexes in different orders.
    adopted.unlock();
    int sum = 0;
    const auto adder = [&](Mutex<>& a, Mutex<>& b) {
        return [&] {
            for (int turn = 0; turn < 100; ++turn) {
                const std::scoped_lock lock{a, b};
                const int seen = sum;
                yield_now();
                sum = seen + 1;
            }
        };
    };
    auto forwards = spawn(adder(first, second));
    auto backwards = spawn(adder(second, first));
    forwards->join();
    backwards->join();
    print("sum {}\n", sum);
}

/// Threads that are preempted everywhere lose no increment.
void counting()
{
    print("== counting\n");
    constexpr int turns = 2000;
    Mutex<long> counter{0};
    std::array<JoinHandle<void>, 5> handles;
    for (auto& handle : handles) {
        handle = std::move(*ThreadBuilder{}.time_slice(20us).spawn([&counter] {
            for (int turn = 0; turn < turns; ++turn) {
                auto guard = counter.lock();
                const volatile long seen = *guard;
                *guard = seen + 1;
            }
        }));
    }
    for (auto& handle : handles) {
        handle.join();
    }
    print("{}\n", *counter.lock());
}

/// As long as its owner sleeps, others wait; the idle thread runs.
void owner_sleeps()
{
    print("== the owner sleeps\n");
    Mutex<int> value{0};
    auto owner = ThreadBuilder{}.priority(high).spawn([&value] {
        auto guard = value.lock();
        this_thread::sleep_for(5ms);
        *guard = 9;
    });
    const auto begin = Clock::now();
    print("{}\n", *value.lock());
    print("waited {}\n", Clock::now() - begin >= 4ms);
    owner->join();
}

}  // namespace

int main()
{
    guarded_value();
    try_forms();
    order_of_waiters();
    handed_over();
    waiter_gives_up();
    limit_passes_while_the_owner_runs();
    guards_of_the_standard_library();
    counting();
    owner_sleeps();
    return 0;
}
