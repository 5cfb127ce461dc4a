// Misuse of the primitives: each scenario ends in a panic that says what was wrong. QEMU puts the number of the wanted one into RAM;
// the lists of this application, one after the other, and SCENARIOS of test_misuse.py are the same.
#include "tests/qemu/apps/misuse/misuse.hpp"

#include "tests/qemu/apps/support/later.hpp"
#include "tests/qemu/apps/support/scenario.hpp"

#include <array>
#include <mutex>
#include <span>

namespace misuse {

namespace {

// ---- locks of others ------------------------------------------------------------------------------------------------

void recursive_unlocked_by_another()
{
    Mutex<void, {.recursive = true}> mutex;
    mutex.lock();
    mutex.lock();
    auto thief = spawn_above([&] { mutex.unlock(); });
}

void recursive_unlocked_too_often()
{
    Mutex<void, {.recursive = true}> mutex;
    mutex.lock();
    mutex.lock();
    for (int times = 0; times < 3; ++times) {
        mutex.unlock();
    }
}

template <class M>
void give_guard_away()
{
    M value{0};
    auto guard = [&] {
        if constexpr (requires { value.lock().value(); }) {
            return std::move(*value.lock());
        } else {
            return value.lock();
        }
    }();
    auto thief = spawn_above([taken = std::move(guard)] {});
}

void guard_destroyed_by_another() { give_guard_away<Mutex<int>>(); }
void robust_guard_destroyed_by_another() { give_guard_away<Mutex<int, {.robust = true}>>(); }

void contended_mutex_unlocked_by_another()
{
    Mutex<> mutex;
    mutex.lock();
    auto waiter = spawn_above([&] { mutex.lock(); });
    auto thief = spawn_above([&] { mutex.unlock(); });
    thief.join();  // the owner is as urgent as the waiter
}

void rw_lock_free_unlocked()
{
    RwLock<> lock;
    lock.unlock();
}

void rw_lock_free_unlocked_shared()
{
    RwLock<> lock;
    lock.unlock_shared();
}

void rw_lock_unlocked_by_another()
{
    RwLock<> lock;
    lock.lock();
    auto thief = spawn_above([&] { lock.unlock(); });
}

void rw_lock_unlocked_by_waiting_writer()
{
    RwLock<> lock;
    lock.lock();
    auto thief = spawn_above([&] {
        static_cast<void>(lock.try_lock_for(1us));
        lock.unlock();
    });
    this_thread::sleep_for(1ms);
}

void rw_lock_read_and_unlocked()
{
    RwLock<> lock;
    lock.lock_shared();
    lock.unlock();
}

void rw_lock_written_and_unlocked_shared()
{
    RwLock<> lock;
    lock.lock();
    lock.unlock_shared();
}

void rw_lock_written_twice()
{
    RwLock<> lock;
    lock.lock();
    lock.lock();
}

void rw_lock_written_and_read()
{
    RwLock<int> value{0};
    auto writer = value.write();
    static_cast<void>(value.try_read_for(1s));
}

// ---- condition variables --------------------------------------------------------------------------------------------

void condition_without_lock()
{
    Mutex<> mutex;
    ConditionVariable condition;
    std::unique_lock lock{mutex, std::defer_lock};
    condition.wait(lock);
}

void condition_with_guard_moved_from()
{
    Mutex<int> value{0};
    ConditionVariable condition;
    auto guard = value.lock();
    auto owner = std::move(guard);
    condition.wait(guard);
}

void condition_with_lock_of_another()
{
    Mutex<> mutex;
    ConditionVariable condition;
    std::unique_lock lock{mutex};
    auto thief = spawn_above([&] { condition.wait(lock); });
}

// ---- ends of threads ------------------------------------------------------------------------------------------------

void owner_ends_while_others_wait()
{
    Mutex<> mutex;
    auto owner = ThreadBuilder{}.name("careless").priority(above).spawn([&] {
        mutex.lock();
        this_thread::sleep_for(1ms);
    });
    mutex.lock();
}

void owner_has_ended()
{
    Mutex<> mutex;
    auto owner = spawn_above([&] { mutex.lock(); });
    mutex.lock();
}

void robust_value_of_dead_owner()
{
    Mutex<int, {.robust = true}> value{0};
    auto owner = spawn_above([&] {
        auto guard = value.lock();
        this_thread::exit();
    });
    auto guard = value.lock();
    **guard = 1;
}

void once_whose_caller_has_ended()
{
    Once once;
    auto caller = spawn_above([&] { once.call([] { this_thread::exit(); }); });
    once.call([] {});
}

void once_in_itself()
{
    Once once;
    once.call([&] { once.call([] {}); });
}

// ---- work, requests, ceilings ---------------------------------------------------------------------------------------

/// `function(queue)` is work of the queue. It is done before `start` returns.
template <class F>
void work_that(F function)
{
    WorkQueue queue;
    Work work{[&] { function(queue); }};
    queue.submit(work);
    queue.start({.name = "worker", .priority = above});
}

void work_flushes_its_queue()
{
    work_that([](WorkQueue& queue) { queue.flush_all(); });
}

void work_stops_its_queue()
{
    work_that([](WorkQueue& queue) { queue.stop(); });
}

void work_in_two_queues()
{
    WorkQueue queue;
    WorkQueue other;
    Work work{[] {}};
    queue.submit(work);
    other.submit(work);
}

void work_cancelled_elsewhere()
{
    WorkQueue queue;
    WorkQueue other;
    Work work{[] {}};
    queue.submit(work);
    other.cancel(work);
}

void delayed_work_flushes_itself()
{
    WorkQueue queue;
    Later again;
    DelayedWork delayed{queue, [&] { again(); }};
    again.set(delayed, [](auto& self) { self.flush(); });
    delayed.submit();
    queue.start({.name = "worker", .priority = above});
}

void work_flushed_elsewhere()
{
    WorkQueue queue;
    WorkQueue other;
    Work work{[] {}};
    queue.submit(work);
    other.flush(work);
}

/// Of a size that is known when it runs.
void message_of_another_size()
{
    std::array<std::byte, 8> bytes{};
    std::size_t size = bytes.size() - 1;
    asm volatile("" : "+r"(size));
    RawMessageQueue<8, 1> queue;
    static_cast<void>(queue.try_send(std::span<const std::byte>{bytes.data(), size}));
}

void stop_without_source()
{
    static_cast<void>(wait_any(when::stop_requested(StopToken{})));
}

template <class M>
void lock_with_ceiling()
{
    if constexpr (std::is_constructible_v<M, PriorityCeiling>) {
        M mutex{PriorityCeiling{Priority{10}}};
        mutex.lock();
    }
}

void ceiling_too_low() { lock_with_ceiling<Mutex<>>(); }

constexpr Scenario list[] = {
    {"recursive_unlocked_by_another", recursive_unlocked_by_another},
    {"recursive_unlocked_too_often", recursive_unlocked_too_often},
    {"guard_destroyed_by_another", guard_destroyed_by_another},
    {"robust_guard_destroyed_by_another", robust_guard_destroyed_by_another},
    {"contended_mutex_unlocked_by_another", contended_mutex_unlocked_by_another},
    {"rw_lock_free_unlocked", rw_lock_free_unlocked},
    {"rw_lock_free_unlocked_shared", rw_lock_free_unlocked_shared},
    {"rw_lock_unlocked_by_another", rw_lock_unlocked_by_another},
    {"rw_lock_unlocked_by_waiting_writer", rw_lock_unlocked_by_waiting_writer},
    {"rw_lock_read_and_unlocked", rw_lock_read_and_unlocked},
    {"rw_lock_written_and_unlocked_shared", rw_lock_written_and_unlocked_shared},
    {"rw_lock_written_twice", rw_lock_written_twice},
    {"rw_lock_written_and_read", rw_lock_written_and_read},
    {"condition_without_lock", condition_without_lock},
    {"condition_with_guard_moved_from", condition_with_guard_moved_from},
    {"condition_with_lock_of_another", condition_with_lock_of_another},
    {"semaphore_overflow", semaphore_overflow},
    {"semaphore_overflow_with_waiter", semaphore_overflow_with_waiter},
    {"semaphore_release_of_nothing", semaphore_release_of_nothing},
    {"semaphore_negative_release", semaphore_negative_release},
    {"semaphore_of_too_many", semaphore_of_too_many},
    {"semaphore_of_less_than_none", semaphore_of_less_than_none},
    {"semaphore_of_maximum_zero", semaphore_of_maximum_zero},
    {"latch_below_zero", latch_below_zero},
    {"latch_raised", latch_raised},
    {"latch_negative", latch_negative},
    {"barrier_of_too_many", barrier_of_too_many},
    {"barrier_of_nobody", barrier_of_nobody},
    {"barrier_left_twice", barrier_left_twice},
    {"barrier_arrival_after_the_last_has_left", barrier_arrival_after_the_last_has_left},
    {"flags_wait_for_none", flags_wait_for_none},
    {"flags_wait_for_all_of_none", flags_wait_for_all_of_none},
    {"timer_period_zero", timer_period_zero},
    {"timer_period_negative", timer_period_negative},
    {"owner_ends_while_others_wait", owner_ends_while_others_wait},
    {"owner_has_ended", owner_has_ended},
    {"robust_value_of_dead_owner", robust_value_of_dead_owner},
    {"once_whose_caller_has_ended", once_whose_caller_has_ended},
    {"once_in_itself", once_in_itself},
    {"work_flushes_its_queue", work_flushes_its_queue},
    {"work_stops_its_queue", work_stops_its_queue},
    {"work_in_two_queues", work_in_two_queues},
    {"work_cancelled_elsewhere", work_cancelled_elsewhere},
    {"stop_without_source", stop_without_source},
    {"ceiling_too_low", ceiling_too_low},
    {"delayed_work_flushes_itself", delayed_work_flushes_itself},
    {"work_flushed_elsewhere", work_flushed_elsewhere},
    {"message_of_another_size", message_of_another_size},
};

}  // namespace

const std::span<const Scenario> others{list};

}  // namespace misuse

int main()
{
    using namespace misuse;
    std::size_t number = scenario::number();
    for (const std::span<const Scenario> scenarios : {destructions, calls_of_handlers, others}) {
        if (number < scenarios.size()) {
            print("scenario {}\n", scenarios[number].name);
            scenarios[number].run();
            print("silence\n");
            return 1;
        }
        number -= scenarios.size();
    }
    return 2;
}
