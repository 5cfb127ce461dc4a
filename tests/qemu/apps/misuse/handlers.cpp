// Interrupt handlers that do what only threads may.
#include "tests/qemu/apps/misuse/misuse.hpp"

#include <array>
#include <mutex>
#include <optional>

namespace misuse {

namespace {

std::array<std::byte, 8> bytes{};

/// Calls `function` in the timer's interrupt, while main runs.
template <class F>
void in_handler(F function)
{
    Timer timer{function};
    timer.start_once(100us);
    while (timer.is_running()) {
    }
}

// ---- locks ----------------------------------------------------------------------------------------------------------

void locks_a_mutex_of_another()
{
    Mutex<> mutex;
    auto owner = spawn_above([&] {
        mutex.lock();
        this_thread::sleep_for(1s);
    });
    in_handler([&] { mutex.lock(); });
}

void locks_a_mutex_of_the_interrupted()
{
    Mutex<> mutex;
    mutex.lock();
    in_handler([&] { mutex.lock(); });
}

void locks_a_recursive_mutex_of_the_interrupted()
{
    Mutex<void, {.recursive = true}> mutex;
    mutex.lock();
    in_handler([&] { mutex.lock(); });
}

void locks_a_robust_mutex()
{
    Mutex<int, {.robust = true}> value{0};
    in_handler([&] { static_cast<void>(value.lock()); });
}

void unlocks_a_mutex_with_waiters()
{
    Mutex<> mutex;
    mutex.lock();
    auto waiter = spawn_above([&] { mutex.lock(); });
    in_handler([&] { mutex.unlock(); });
}

/// Seen with ASSERTIONS only: the path on which nobody competes has no time to look.
void locks_a_free_mutex()
{
    Mutex<> mutex;
    in_handler([&] { mutex.lock(); });
}

void unlocks_a_mutex()
{
    Mutex<> mutex;
    mutex.lock();
    in_handler([&] { mutex.unlock(); });
}

void writes_a_free_rw_lock()
{
    RwLock<> lock;
    in_handler([&] { lock.lock(); });
}

void waits_to_write()
{
    RwLock<> lock;
    lock.lock_shared();
    in_handler([&] { lock.lock(); });
}

void waits_to_read()
{
    RwLock<> lock;
    auto writer = spawn_above([&] {
        lock.lock();
        this_thread::sleep_for(1s);
    });
    in_handler([&] { lock.lock_shared(); });
}

// ---- waits ----------------------------------------------------------------------------------------------------------

void waits_for_a_condition()
{
    Mutex<> mutex;
    ConditionVariable condition;
    std::unique_lock lock{mutex};
    in_handler([&] { condition.wait(lock); });
}

void acquires()
{
    Semaphore semaphore;
    in_handler([&] { semaphore.acquire(); });
}

void acquires_with_limit()
{
    Semaphore semaphore;
    in_handler([&] { static_cast<void>(semaphore.try_acquire_for(1ms)); });
}

void waits_for_flags()
{
    EventFlags events;
    in_handler([&] { events.wait_any(1); });
}

void waits_at_a_latch()
{
    Latch latch{1};
    in_handler([&] { latch.wait(); });
}

void waits_at_a_barrier()
{
    Barrier barrier{2};
    in_handler([&] { barrier.arrive_and_wait(); });
}

void waits_for_once()
{
    Once once;
    auto caller = spawn_above([&] { once.call([] { this_thread::sleep_for(1s); }); });
    in_handler([&] { once.call([] {}); });
}

void receives()
{
    MessageQueue<int, 1> queue;
    in_handler([&] { static_cast<void>(queue.receive()); });
}

void sends()
{
    MessageQueue<int, 1> queue;
    queue.send(1);
    in_handler([&] { queue.send(2); });
}

void reads_a_pipe()
{
    Pipe<4> pipe;
    in_handler([&] { pipe.read(bytes); });
}

void writes_a_pipe()
{
    Pipe<4> pipe;
    in_handler([&] { pipe.write(bytes); });
}

void waits_for_any()
{
    Semaphore semaphore;
    StopSource stop;
    in_handler([&] { static_cast<void>(wait_any(when::acquired(semaphore), when::stop_requested(stop.token()))); });
}

void waits_for_a_condition_with_limit()
{
    Mutex<int> value{0};
    ConditionVariable condition;
    auto guard = value.lock();
    in_handler([&] { static_cast<void>(condition.wait_for(guard, 1ms)); });
}

void waits_for_all_flags()
{
    EventFlags events;
    in_handler([&] { static_cast<void>(events.wait_all_for(3, 1ms)); });
}

void arrives_at_a_barrier_with_limit()
{
    Barrier barrier{2};
    in_handler([&] { static_cast<void>(barrier.arrive_and_wait_for(1ms)); });
}

void sends_to_a_mailbox()
{
    Mailbox<int> mailbox;
    in_handler([&] { mailbox.send(1); });
}

void receives_from_a_mailbox()
{
    Mailbox<int> mailbox;
    in_handler([&] { static_cast<void>(mailbox.receive_for(1ms)); });
}

void sends_bytes()
{
    RawMessageQueue<8, 1> queue;
    queue.send(bytes);
    in_handler([&] { queue.send(bytes); });
}

void receives_bytes()
{
    RawMessageQueue<8, 1> queue;
    in_handler([&] { static_cast<void>(queue.receive_for(bytes, 1ms)); });
}

void sleeps_until_a_stop()
{
    StopSource stop;
    in_handler([&] { static_cast<void>(this_thread::sleep_for(stop.token(), 1ms)); });
}

void removes_a_callback_that_runs()
{
    StopSource stop;
    std::optional<StopCallback<void (*)()>> callback;
    callback.emplace(stop.token(), [] { this_thread::sleep_for(1s); });
    auto requester = spawn_above([&] { stop.request_stop(); });
    in_handler([&] { callback.reset(); });
}

void joins_with_limit()
{
    auto other = spawn_above([] { this_thread::sleep_for(1s); });
    in_handler([&] { static_cast<void>(other.join_for(1ms)); });
}

void stops_a_work_queue()
{
    WorkQueue queue;
    queue.start({.priority = above});
    in_handler([&] { queue.stop(); });
}

void starts_a_work_queue()
{
    WorkQueue queue;
    in_handler([&] { static_cast<void>(queue.start({.priority = above})); });
}

void waits_for_the_end_of_delayed_work()
{
    WorkQueue queue;
    queue.start({.priority = above});
    DelayedWork delayed{queue, [] { this_thread::sleep_for(1s); }};
    delayed.submit();
    in_handler([&] { delayed.cancel_and_wait(); });
}

void sleeps()
{
    in_handler([] { this_thread::sleep_for(1ms); });
}

void joins()
{
    auto other = spawn_above([] { this_thread::sleep_for(1s); });
    in_handler([&] { static_cast<void>(other.join()); });
}

void flushes()
{
    WorkQueue queue;
    queue.start({.priority = above});
    Work work{[] { this_thread::sleep_for(1s); }};
    queue.submit(work);
    in_handler([&] { queue.flush(work); });
}

// ---- what concerns the thread itself --------------------------------------------------------------------------------

void yields()
{
    auto equal = spawn([] {});
    in_handler([] { yield_now(); });
}

void exits()
{
    in_handler([] { this_thread::exit(); });
}

void spawns()
{
    in_handler([] { static_cast<void>(spawn([] {})); });
}

constexpr Scenario list[] = {
    {"handler_locks_a_mutex_of_another", locks_a_mutex_of_another},
    {"handler_locks_a_mutex_of_the_interrupted", locks_a_mutex_of_the_interrupted},
    {"handler_locks_a_recursive_mutex_of_the_interrupted", locks_a_recursive_mutex_of_the_interrupted},
    {"handler_locks_a_robust_mutex", locks_a_robust_mutex},
    {"handler_unlocks_a_mutex_with_waiters", unlocks_a_mutex_with_waiters},
    {"handler_locks_a_free_mutex", locks_a_free_mutex},
    {"handler_unlocks_a_mutex", unlocks_a_mutex},
    {"handler_writes_a_free_rw_lock", writes_a_free_rw_lock},
    {"handler_waits_to_write", waits_to_write},
    {"handler_waits_to_read", waits_to_read},
    {"handler_waits_for_a_condition", waits_for_a_condition},
    {"handler_acquires", acquires},
    {"handler_acquires_with_limit", acquires_with_limit},
    {"handler_waits_for_flags", waits_for_flags},
    {"handler_waits_at_a_latch", waits_at_a_latch},
    {"handler_waits_at_a_barrier", waits_at_a_barrier},
    {"handler_waits_for_once", waits_for_once},
    {"handler_receives", receives},
    {"handler_sends", sends},
    {"handler_reads_a_pipe", reads_a_pipe},
    {"handler_writes_a_pipe", writes_a_pipe},
    {"handler_waits_for_any", waits_for_any},
    {"handler_sleeps", sleeps},
    {"handler_joins", joins},
    {"handler_flushes", flushes},
    {"handler_yields", yields},
    {"handler_exits", exits},
    {"handler_spawns", spawns},
    {"handler_waits_for_a_condition_with_limit", waits_for_a_condition_with_limit},
    {"handler_waits_for_all_flags", waits_for_all_flags},
    {"handler_arrives_at_a_barrier_with_limit", arrives_at_a_barrier_with_limit},
    {"handler_sends_to_a_mailbox", sends_to_a_mailbox},
    {"handler_receives_from_a_mailbox", receives_from_a_mailbox},
    {"handler_sends_bytes", sends_bytes},
    {"handler_receives_bytes", receives_bytes},
    {"handler_sleeps_until_a_stop", sleeps_until_a_stop},
    {"handler_removes_a_callback_that_runs", removes_a_callback_that_runs},
    {"handler_joins_with_limit", joins_with_limit},
    {"handler_stops_a_work_queue", stops_a_work_queue},
    {"handler_starts_a_work_queue", starts_a_work_queue},
    {"handler_waits_for_the_end_of_delayed_work", waits_for_the_end_of_delayed_work},
};

}  // namespace

const std::span<const Scenario> calls_of_handlers{list};

}  // namespace misuse
