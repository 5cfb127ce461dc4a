// What locks and condition variables cost. "With a switch" is the way there and back: a more urgent thread waits, is woken, and
// waits again, which is two switches.
#include "tests/perf/suite/measure.hpp"

namespace bench {

namespace {

void measure_free_mutex()
{
    Row unlocks{"mutex: unlock"};
    Row locks{"mutex: lock"};
    Mutex<> mutex;
    Stopwatch watch;
    for (Count turn = 0; turn < warm_up + repetitions; ++turn) {
        watch.start();
        mutex.lock();
        locks.add(watch.stop());
        watch.start();
        mutex.unlock();
        unlocks.add(watch.stop());
    }
}

/// Another thread wants what this one has.
void measure_wanted_mutex(Priority priority, std::string_view lock_name, std::string_view unlock_name)
{
    Mutex<> mutex;
    BinarySemaphore begin;
    volatile bool stop = false;
    Stopwatch watch;
    Row unlocks{unlock_name};
    Row locks{lock_name};
    auto other = ThreadBuilder{}.priority(priority).spawn([&] {
        for (;;) {
            begin.acquire();
            if (stop) {
                return;
            }
            watch.start();
            mutex.lock();
            unlocks.add(watch.stop());
            mutex.unlock();
        }
    });
    for (Count turn = 0; turn < warm_up + repetitions; ++turn) {
        mutex.lock();
        begin.release();
        if (priority == equal) {
            yield_now();
        }
        locks.add(watch.stop());
        watch.start();
        mutex.unlock();
        if (priority == equal) {
            yield_now();
        }
    }
    stop = true;
    begin.release();
    other->join();
}

void measure_condition()
{
    Mutex<int> value{0};
    ConditionVariable changed;
    measure("condition variable: notify, nobody waits", [&] { changed.notify_one(); });
    volatile bool stop = false;
    Stopwatch watch;
    Row waits{"condition variable: wait, until another thread runs"};
    Row notifies{"condition variable: notify, until the more urgent thread runs"};
    auto other = ThreadBuilder{}.priority(above).spawn([&] {
        auto guard = value.lock();
        changed.wait(guard);
        while (!stop) {
            notifies.add(watch.stop());
            watch.start();
            changed.wait(guard);
        }
    });
    for (Count turn = 0; turn < warm_up + repetitions; ++turn) {
        watch.start();
        changed.notify_one();
        waits.add(watch.stop());
    }
    stop = true;
    changed.notify_one();
    other->join();
}

}  // namespace

void measure_locks()
{
    begin_group("Locks");
    measure_free_mutex();
    Mutex<> mutex;
    measure("mutex: lock and unlock", [&] {
        mutex.lock();
        mutex.unlock();
    });
    measure_wanted_mutex(equal, "mutex: lock of an equal's, until that runs", "mutex: unlock and yield, until the equal has it");
    measure_wanted_mutex(above, "mutex: lock with inheritance, until the owner runs",
                         "mutex: unlock with inheritance, until the more urgent thread has it");
    Mutex<void, {.recursive = true}> recursive;
    measure("recursive mutex: lock and unlock", [&] {
        recursive.lock();
        recursive.unlock();
    });
    Mutex<int, {.robust = true}> robust{0};
    measure("robust mutex: lock and unlock", [&] { static_cast<void>(robust.lock()); });
    RwLock<> lock;
    measure("readers-writer lock: read", [&] {
        lock.lock_shared();
        lock.unlock_shared();
    });
    measure("readers-writer lock: write", [&] {
        lock.lock();
        lock.unlock();
    });
    measure_condition();
}

}  // namespace bench
