// What happens where two things meet: a wait for the same thing twice, time-outs of suspended threads, objects that go as
// soon as a wait for them has ended, functions that start themselves again while they are being ended.
#include "tests/qemu/apps/support/later.hpp"

#include <pegplan/config/time.hpp>
#include <pegplan/pegplan.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

constexpr Priority above{20};
constexpr Priority far_above{25};

template <class F>
auto spawn_at(Priority priority, F&& function)
{
    return std::move(*ThreadBuilder{}.priority(priority).spawn(std::forward<F>(function)));
}

std::span<const std::byte> bytes_of(std::string_view text)
{
    return std::as_bytes(std::span{text.data(), text.size()});
}

/// One thread that waits twice for a semaphore takes one unit, wherever it stands among others.
void the_same_twice()
{
    print("== the same twice\n");
    Semaphore semaphore{0, 2};
    const auto twice = [&] { print("twice: {}\n", wait_any(when::acquired(semaphore), when::acquired(semaphore))); };
    auto first = spawn_at(above, twice);
    semaphore.release(2);
    print("left {}\n", semaphore.value());
    semaphore.acquire();
    auto second = spawn_at(above, twice);
    auto third = spawn_at(above, [&] {
        semaphore.acquire();
        print("third\n");
    });
    print("too many: {}\n", semaphore.try_release(5).error());
    semaphore.release(4);
    print("left {}\n", semaphore.value());

    EventFlags events;
    auto fourth = spawn_at(above, [&] {
        constexpr auto clear = EventFlags::OnExit::clear;
        const auto taken = wait_any(when::all_set(events, 4), when::any_set(events, 1, clear), when::any_set(events, 2, clear));
        print("flags: {}\n", taken);
    });
    auto fifth = spawn_at(above, [&] { print("all: {:x}\n", events.wait_all(3)); });
    events.set(3);
    print("left {:x}\n", events.get());

    Mailbox<int> mailbox;
    auto sixth = spawn_at(above, [&] {
        int received = 0;
        int sent = 1;
        print("mailbox: {}, {}\n", wait_any(when::received(mailbox, received), when::sent(mailbox, sent)), received);
    });
    mailbox.send(7);
    print("nobody {}\n", !mailbox.try_receive().has_value());
}

/// A writer that is suspended gives up while it runs no code: readers behind it enter at once.
void suspended_writer_gives_up()
{
    print("== a suspended writer gives up\n");
    RwLock<> lock;
    lock.lock_shared();
    auto writer = spawn_at(above, [&] { print("writer: {}\n", lock.try_lock_for(1ms)); });
    writer.thread().suspend();
    auto reader = spawn_at(far_above, [&] {
        lock.lock_shared();
        print("reader\n");
        lock.unlock_shared();
    });
    print("reader waits {}\n", !reader.is_finished());
    this_thread::sleep_for(2ms);
    print("reader has been in {}\n", reader.is_finished());
    writer.thread().resume();
    lock.unlock_shared();
}

/// What is given to a suspended thread has been given, and its limit is void.
void suspended_waiters()
{
    print("== suspended waiters\n");
    Semaphore semaphore;
    auto taker = spawn_at(above, [&] { print("taker: {}\n", semaphore.try_acquire_for(1ms)); });
    auto late = spawn_at(above, [&] { print("late: {}\n", semaphore.try_acquire_for(1ms)); });
    taker.thread().suspend();
    late.thread().suspend();
    semaphore.release();
    print("left {}\n", semaphore.value());
    this_thread::sleep_for(2ms);
    semaphore.release();  // late has given up
    print("left {}\n", semaphore.value());
    taker.thread().resume();
    late.thread().resume();

    Mutex<> mutex;
    mutex.lock();
    auto heir = spawn_at(above, [&] {
        mutex.lock();
        print("heir ({})\n", this_thread::current().priority());
        mutex.unlock();
        print("heir ({})\n", this_thread::current().priority());
    });
    heir.thread().suspend();
    mutex.unlock();
    print("given to the suspended {}\n", !mutex.try_lock());
    auto urgent = spawn_at(far_above, [&] {
        mutex.lock();
        print("urgent\n");
        mutex.unlock();
    });
    print("heir has {} of {}\n", heir.thread().priority(), heir.thread().base_priority());
    heir.thread().resume();
}

/// A writer that has begun ends before a more urgent one begins; so do readers. One that gives up leaves its turn.
void turns_at_a_pipe()
{
    print("== turns at a pipe\n");
    Pipe<4> pipe;
    std::array<std::byte, 12> buffer{};
    const auto text = [&](std::size_t count) { return std::string_view{reinterpret_cast<const char*>(buffer.data()), count}; };
    auto calm = spawn_at(above, [&] { pipe.write(bytes_of("aaaaaa")); });
    auto urgent = spawn_at(far_above, [&] { pipe.write(bytes_of("bbbb")); });
    for (int times = 0; times < 5; ++times) {
        print("{}\n", text(pipe.read(std::span{buffer}.first(2))));
    }
    const auto reads = [&](std::string_view name) {
        return [&pipe, name] {
            std::array<char, 4> got{};
            pipe.read(std::as_writable_bytes(std::span{got}), 4);
            print("{}: {}\n", name, std::string_view{got.data(), got.size()});
        };
    };
    auto calm_reader = spawn_at(above, reads("calm"));
    pipe.write(bytes_of("12"));
    auto urgent_reader = spawn_at(far_above, reads("urgent"));
    pipe.write(bytes_of("34567"));
    pipe.write(bytes_of("8"));

    auto quitter = spawn_at(above, [&] { print("quitter: {}\n", pipe.write_for(bytes_of("cccccc"), 1ms)); });
    quitter.thread().suspend();
    auto next = spawn_at(above, [&] { pipe.write(bytes_of("dd")); });
    this_thread::sleep_for(2ms);
    print("{}\n", text(pipe.read(std::span{buffer}.first(4))));
    print("{}\n", text(pipe.read(buffer)));
    quitter.thread().resume();
}

/// Only what is in the queue goes; what waits to be sent moves up.
void clear_with_senders()
{
    print("== clear with senders\n");
    MessageQueue<int, 2> queue;
    queue.send(1);
    queue.send(2);
    auto third = spawn_at(above, [&] {
        for (int message = 3; message < 6; ++message) {
            queue.send(message);
        }
    });
    queue.clear();
    print("{} are there\n", queue.size());
    print("{}\n", queue.receive());
    print("{}\n", queue.receive());
}

/// The one that waits destroys the source as soon as it is told, while the one who tells is still in the call.
void source_goes_at_once()
{
    print("== a source that goes at once\n");
    alignas(StopSource) std::array<std::byte, sizeof(StopSource)> place{};
    auto* const source = std::construct_at(reinterpret_cast<StopSource*>(place.data()));
    auto owner = spawn_at(above, [&] {
        static_cast<void>(this_thread::sleep_for(source->token(), 1h));
        std::destroy_at(source);
        place.fill(std::byte{0xff});  // what it was is something else now
        print("gone\n");
    });
    print("first {}\n", source->request_stop());

    std::optional<StopSource> other{std::in_place};
    std::optional<Latch> latch{1};
    auto waiter = spawn_at(above, [&] {
        latch->wait();
        latch.reset();
        print("latch gone\n");
    });
    latch->count_down();
    print("gone {}\n", !latch.has_value());
}

/// Functions that start themselves again can be ended all the same.
void again_and_again()
{
    print("== again and again\n");
    WorkQueue queue;
    static_cast<void>(queue.start({.priority = above}));
    int count = 0;
    {
        Later again;
        DelayedWork work{queue, [&] {
            this_thread::sleep_for(300us);
            ++count;
            again();
        }};
        again.set(work, [](auto& self) { self.submit_after(100us); });
        work.submit();
        this_thread::sleep_for(1ms);  // in the third round of it
        print("before {}\n", count);
        work.cancel_and_wait();
        print("after {}, pending {}\n", count, work.is_pending());
        this_thread::sleep_for(1ms);
        print("later {}\n", count);
        work.submit();  // may be submitted anew
        this_thread::sleep_for(100us);
    }
    this_thread::sleep_for(1ms);
    print("at the end {}\n", count);
    {
        Later again;
        DelayedWork work{queue, [&] {
            this_thread::sleep_for(300us);
            ++count;
            again();
        }};
        again.set(work, [](auto& self) { self.submit(); });
        work.submit();
        this_thread::sleep_for(100us);
    }
    print("at once {}\n", count);

    count = 0;
    {
        Later again;
        Timer timer{[&] {
            if constexpr (config::timer_callbacks_in_thread) {
                this_thread::sleep_for(300us);
            }
            ++count;
            again();
        }};
        again.set(timer, [](auto& self) { self.start_once(100us); });
        timer.start_once(100us);
        this_thread::sleep_for(150us);
    }
    print("timer {}\n", count);
    this_thread::sleep_for(1ms);
    print("timer {}\n", count);
}

}  // namespace

int main()
{
    the_same_twice();
    suspended_writer_gives_up();
    suspended_waiters();
    turns_at_a_pipe();
    clear_with_senders();
    source_goes_at_once();
    again_and_again();
    return 0;
}
