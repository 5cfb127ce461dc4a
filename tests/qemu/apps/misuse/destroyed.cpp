// Things that are destroyed while threads wait for them.
#include "tests/qemu/apps/misuse/misuse.hpp"

#include <array>
#include <optional>

namespace misuse {

namespace {

std::array<std::byte, 8> bytes{};

/// Destroys a T while another thread is in `wait(object)`.
template <class T, class Wait, class... Arguments>
void destroy_during(Wait wait, Arguments... arguments)
{
    std::optional<T> object{std::in_place, arguments...};
    auto waiter = spawn_above([&] { wait(*object); });
    object.reset();
}

void semaphore() { destroy_during<Semaphore>([](Semaphore& object) { object.acquire(); }); }

void semaphore_with_limit()
{
    destroy_during<Semaphore>([](Semaphore& object) { static_cast<void>(object.try_acquire_for(1s)); });
}

void semaphore_in_wait_any()
{
    Latch other{1};
    destroy_during<Semaphore>([&](Semaphore& object) { static_cast<void>(wait_any(when::open(other), when::acquired(object))); });
}

void condition_variable()
{
    Mutex<int> value{0};
    destroy_during<ConditionVariable>([&](ConditionVariable& object) {
        auto guard = value.lock();
        object.wait(guard);
    });
}

void event_flags() { destroy_during<EventFlags>([](EventFlags& object) { object.wait_all(3); }); }
void latch() { destroy_during<Latch>([](Latch& object) { object.wait(); }, 1); }
void barrier() { destroy_during<Barrier<>>([](Barrier<>& object) { object.arrive_and_wait(); }, 2); }
void once() { destroy_during<Once>([](Once& object) { object.call([] { this_thread::sleep_for(1s); }); }); }

void once_waited_for()
{
    Semaphore end;
    destroy_during<Once>([&](Once& object) {
        auto first = spawn_above([&] { object.call([&] { end.acquire(); }); });
        yield_now();
        object.call([] {});
    });
}

void rw_lock_read()
{
    destroy_during<RwLock<>>([](RwLock<>& object) {
        object.lock_shared();
        this_thread::sleep_for(1s);
    });
}

void rw_lock_waited_for()
{
    destroy_during<RwLock<>>([](RwLock<>& object) {
        object.lock();
        auto reader = spawn_above([&] { object.lock_shared(); });
        reader.join();
    });
}

void mutex_waited_for()
{
    destroy_during<Mutex<>>([](Mutex<>& object) {
        object.lock();
        auto waiter = spawn_above([&] { object.lock(); });
        waiter.join();
    });
}

using Robust = Mutex<int, {.robust = true}>;

void robust_mutex()
{
    destroy_during<Robust>([](Robust& object) {
        auto guard = object.lock();
        this_thread::sleep_for(1s);
    });
}

using Queue = MessageQueue<int, 1>;

void queue_with_receiver() { destroy_during<Queue>([](Queue& object) { static_cast<void>(object.receive()); }); }

void queue_with_sender()
{
    destroy_during<Queue>([](Queue& object) {
        object.send(1);
        object.send(2);
    });
}

void mailbox_with_sender() { destroy_during<Mailbox<int>>([](Mailbox<int>& object) { object.send(1); }); }

void mailbox_with_receiver()
{
    destroy_during<Mailbox<int>>([](Mailbox<int>& object) { static_cast<void>(object.receive()); });
}

void raw_queue_with_receiver()
{
    destroy_during<RawMessageQueue<8, 1>>([](RawMessageQueue<8, 1>& object) { object.receive(bytes); });
}

using Recursive = Mutex<void, {.recursive = true}>;

void recursive_mutex()
{
    destroy_during<Recursive>([](Recursive& object) {
        object.lock();
        object.lock();
        object.unlock();
        this_thread::sleep_for(1s);
    });
}

void rw_lock_written()
{
    destroy_during<RwLock<>>([](RwLock<>& object) {
        object.lock();
        this_thread::sleep_for(1s);
    });
}

void semaphore_of_one() { destroy_during<BinarySemaphore>([](BinarySemaphore& object) { object.acquire(); }); }

void raw_queue_with_sender()
{
    destroy_during<RawMessageQueue<8, 1>>([](RawMessageQueue<8, 1>& object) {
        object.send(bytes);
        object.send(bytes);
    });
}

void pipe_with_reader() { destroy_during<Pipe<4>>([](Pipe<4>& object) { object.read(bytes); }); }
void pipe_with_writer() { destroy_during<Pipe<4>>([](Pipe<4>& object) { object.write(bytes); }); }

void stop_source()
{
    destroy_during<StopSource>([](StopSource& object) { static_cast<void>(this_thread::sleep_for(object.token(), 1s)); });
}

void stop_source_with_callback()
{
    destroy_during<StopSource>([](StopSource& object) {
        const StopCallback callback{object.token(), [] {}};
        this_thread::sleep_for(1s);
    });
}

void work_to_be_done()
{
    WorkQueue queue;
    Work work{[] {}};
    queue.submit(work);
}

void work_being_done()
{
    WorkQueue queue;
    queue.start({.priority = above});
    Work work{[] { this_thread::sleep_for(1s); }};
    queue.submit(work);
}

void work_queue_with_work()
{
    Work work{[] {}};
    WorkQueue queue;
    queue.submit(work);
}

constexpr Scenario list[] = {
    {"destroyed_semaphore", semaphore},
    {"destroyed_semaphore_with_limit", semaphore_with_limit},
    {"destroyed_semaphore_in_wait_any", semaphore_in_wait_any},
    {"destroyed_condition_variable", condition_variable},
    {"destroyed_event_flags", event_flags},
    {"destroyed_latch", latch},
    {"destroyed_barrier", barrier},
    {"destroyed_once", once},
    {"destroyed_once_waited_for", once_waited_for},
    {"destroyed_rw_lock_read", rw_lock_read},
    {"destroyed_rw_lock_waited_for", rw_lock_waited_for},
    {"destroyed_mutex_waited_for", mutex_waited_for},
    {"destroyed_robust_mutex", robust_mutex},
    {"destroyed_queue_with_receiver", queue_with_receiver},
    {"destroyed_queue_with_sender", queue_with_sender},
    {"destroyed_mailbox_with_sender", mailbox_with_sender},
    {"destroyed_raw_queue_with_sender", raw_queue_with_sender},
    {"destroyed_pipe_with_reader", pipe_with_reader},
    {"destroyed_pipe_with_writer", pipe_with_writer},
    {"destroyed_stop_source", stop_source},
    {"destroyed_stop_source_with_callback", stop_source_with_callback},
    {"destroyed_work_to_be_done", work_to_be_done},
    {"destroyed_work_being_done", work_being_done},
    {"destroyed_work_queue_with_work", work_queue_with_work},
    {"destroyed_mailbox_with_receiver", mailbox_with_receiver},
    {"destroyed_raw_queue_with_receiver", raw_queue_with_receiver},
    {"destroyed_recursive_mutex", recursive_mutex},
    {"destroyed_rw_lock_written", rw_lock_written},
    {"destroyed_binary_semaphore", semaphore_of_one},
};

}  // namespace

const std::span<const Scenario> destructions{list};

}  // namespace misuse
