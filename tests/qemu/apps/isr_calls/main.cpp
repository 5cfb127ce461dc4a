// Everything that interrupt handlers may call, called from one: the function of a timer.
#include <pegplan/pegplan.hpp>
#include <pegplan/spin_lock.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <mutex>
#include <span>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

constexpr Priority above{20};

/// Runs `function` in the timer's interrupt, while main sleeps.
template <class F>
void in_interrupt(F function)
{
    Timer timer{function};
    timer.start_once(100us);
    this_thread::sleep_for(200us);
}

void semaphores()
{
    print("== semaphore\n");
    Semaphore semaphore{0, 2};
    auto waiter = ThreadBuilder{}.priority(above).spawn([&] {
        semaphore.acquire();
        print("waiter has it\n");
    });
    in_interrupt([&] {
        semaphore.release();
        print("handler: value {}, try {}\n", semaphore.value(), semaphore.try_acquire());
        semaphore.release(2);
        print("handler: {}\n", semaphore.try_release().error());
    });
    print("main: {}\n", semaphore.value());
    waiter->join();
}

void flags()
{
    print("== event flags\n");
    EventFlags events;
    auto waiter = ThreadBuilder{}.priority(above).spawn([&] { print("waiter: {:x}\n", events.wait_all(3)); });
    in_interrupt([&] {
        events.set(1);
        events.set(2);
        print("handler: {:x}\n", events.clear(1));
        print("handler: {:x}\n", *events.try_wait_any(2, EventFlags::OnExit::clear));
        print("handler: {}\n", events.try_wait_all(3).has_value());
    });
    print("main: {:x}\n", events.get());
    waiter->join();
}

void queues()
{
    print("== message queue\n");
    MessageQueue<int, 2> queue;
    auto receiver = ThreadBuilder{}.priority(above).spawn([&] { print("receiver: {}\n", queue.receive()); });
    in_interrupt([&] {
        print("handler: {}\n", queue.try_send(1));
        print("handler: {}\n", queue.try_send(3));
        print("handler: {}\n", queue.try_send_front(2));
        print("handler: {}\n", queue.try_send(4));
        print("handler: {}\n", *queue.peek());
    });
    auto sender = ThreadBuilder{}.priority(above).spawn([&] {
        queue.send(5);
        print("sender goes on\n");
    });
    in_interrupt([&] { print("handler: {}\n", *queue.try_receive()); });
    print("main: {}\n", queue.receive());
    print("main: {}\n", queue.receive());
    receiver->join();
    sender->join();
}

void mailboxes_and_bytes()
{
    print("== mailbox, queue of bytes\n");
    Mailbox<int> mailbox;
    in_interrupt([&] {
        print("handler: {}\n", mailbox.try_send(1));
        print("handler: {}\n", mailbox.try_receive().has_value());
    });
    auto receiver = ThreadBuilder{}.priority(above).spawn([&] { print("receiver: {}\n", mailbox.receive()); });
    in_interrupt([&] { print("handler: {}\n", mailbox.try_send(2)); });
    receiver->join();
    auto sender = ThreadBuilder{}.priority(above).spawn([&] { mailbox.send(3); });
    in_interrupt([&] { print("handler: {}\n", *mailbox.try_receive()); });
    sender->join();
    RawMessageQueue<2, 2> queue;
    in_interrupt([&] {
        constexpr std::array first{std::byte{1}, std::byte{2}};
        constexpr std::array second{std::byte{3}, std::byte{4}};
        print("handler: {}\n", queue.try_send(second));
        print("handler: {}\n", queue.try_send_front(first));
        print("handler: {}\n", queue.try_send(second));
        std::array<std::byte, 2> bytes{};
        print("handler: {}", queue.peek(bytes));
        print(" {} {}\n", static_cast<int>(bytes[0]), static_cast<int>(bytes[1]));
        print("handler: {}", queue.try_receive(bytes));
        print(" {} {}\n", static_cast<int>(bytes[0]), static_cast<int>(bytes[1]));
    });
    print("main: {}\n", queue.size());
}

void pipes()
{
    print("== pipe\n");
    Pipe<4> pipe;
    auto reader = ThreadBuilder{}.priority(above).spawn([&] {
        std::array<std::byte, 2> bytes{};
        pipe.read(bytes, 2);
        print("reader: {} {}\n", static_cast<int>(bytes[0]), static_cast<int>(bytes[1]));
    });
    in_interrupt([&] {
        constexpr std::array bytes{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}, std::byte{5}};
        print("handler: {}\n", pipe.try_write(bytes));
        std::array<std::byte, 2> back{};
        print("handler: {}\n", pipe.try_read(back));
    });
    print("main: {}\n", pipe.size());
    reader->join();
}

void others()
{
    print("== others\n");
    Latch latch{2};
    Mutex<int> value{0};
    ConditionVariable changed;
    auto at_latch = ThreadBuilder{}.priority(above).spawn([&] {
        latch.wait();
        print("latch is open\n");
    });
    auto at_condition = ThreadBuilder{}.priority(above).spawn([&] {
        auto guard = value.lock();
        changed.wait(guard);
        print("notified\n");
        changed.wait(guard);
        print("notified again\n");
    });
    auto stopped = ThreadBuilder{}.priority(above).spawn([](StopToken token) { print("stop {}\n", this_thread::sleep_for(token, 1h)); });
    StopSource stop;
    const StopCallback callback{stop.token(), [] { print("callback in the handler\n"); }};
    in_interrupt([&] {
        latch.count_down();
        print("handler: {}\n", latch.try_wait());
        latch.count_down();
        print("handler: {}\n", latch.try_wait());
        changed.notify_one();
        print("handler: {}\n", stopped->request_stop());
        print("handler: {}\n", stopped->is_finished());
        print("handler: {}\n", stop.request_stop());
        print("handler: {}\n", stop.token().stop_requested());
    });
    in_interrupt([&] { changed.notify_all(); });
    at_latch->join();
    at_condition->join();
    stopped->join();
}

void threads()
{
    print("== threads\n");
    std::atomic<bool> go_on = true;
    auto spinner = ThreadBuilder{}.name("spinner").priority(Priority{10}).spawn([&] {
        while (go_on) {
        }
        print("spinner ends\n");
    });
    const Thread thread = spinner->thread();
    in_interrupt([&] {
        print("handler in {}: {}\n", this_thread::current().name(), thread.suspend().has_value());
        print("handler: {}\n", thread.set_priority(Priority{25}).has_value());
    });
    print("main: {} {}\n", thread.priority(), spinner->is_finished());
    go_on = false;
    in_interrupt([&] { thread.resume(); });
    spinner->join();
}

void work_and_timers()
{
    print("== work and timers\n");
    WorkQueue queue;
    queue.start({.priority = above});
    Work first{[] { print("first\n"); }};
    Work second{[] { print("second\n"); }};
    Timer other{[] { print("other timer\n"); }};
    DelayedWork delayed{queue, [] { print("delayed\n"); }};
    in_interrupt([&] {
        print("handler: {} {}\n", queue.submit(first), queue.submit(second));
        print("handler: {}\n", queue.cancel(second));
        other.start_once(1h);
        print("handler: {}\n", other.is_running());
        other.start_once(10us);
        delayed.submit_after(20us);
    });
    in_interrupt([&] {
        other.start_once(1us);
        print("handler: {}\n", other.cancel());
        other.start_periodic(1h);
        print("handler: {} {}\n", other.remaining() > 30min, other.expirations());
        other.start_once_at(Clock::now() + 50us);
        delayed.submit_at(Clock::now() + 1h);
        print("handler: {}\n", delayed.is_pending());
        print("handler: {}\n", delayed.cancel());
        delayed.submit();
    });
}

void spin_lock()
{
    print("== spin lock\n");
    SpinLock lock;
    int value = 0;
    in_interrupt([&] {
        const std::scoped_lock guard{lock};
        ++value;
    });
    const std::scoped_lock guard{lock};
    print("main: {}\n", value);
}

void memory()
{
    print("== memory\n");
    alignas(FixedPool::alignment) std::array<std::byte, FixedPool::memory_for(2, 16)> room;
    FixedPool blocks{room, 16};
    ObjectPool<int, 1> numbers;
    in_interrupt([&] {
        const Result<void*> block = blocks.allocate();
        print("handler: {}\n", blocks.in_use());
        blocks.release(*block);
        const auto number = numbers.make(7);
        print("handler: {} {}\n", **number, numbers.make(8).error());
    });
    print("main: {} {}\n", blocks.in_use(), numbers.in_use());
}

void printing()
{
    print("== printing\n");
    in_interrupt([] { print("from a handler, {} characters at once\n", 40); });
}

}  // namespace

int main()
{
    semaphores();
    flags();
    queues();
    mailboxes_and_bytes();
    pipes();
    others();
    threads();
    work_and_timers();
    spin_lock();
    memory();
    printing();
    return 0;
}
