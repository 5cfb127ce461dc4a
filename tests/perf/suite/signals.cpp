// What semaphores, events, messages, timers and work cost. "With a switch" is the way there and back: a more urgent thread waits, is
// woken, and waits again, which is two switches.
#include "tests/perf/suite/measure.hpp"

#include <array>
#include <cstddef>

namespace bench {

namespace {

struct Message {
    std::uint64_t words[2];
};

void measure_free_semaphore()
{
    Row takes{"semaphore: take"};
    Row gives{"semaphore: give"};
    Semaphore semaphore{0};
    Stopwatch watch;
    for (Count turn = 0; turn < warm_up + repetitions; ++turn) {
        watch.start();
        semaphore.release();
        gives.add(watch.stop());
        watch.start();
        semaphore.acquire();
        takes.add(watch.stop());
    }
}

/// Rows of one way each: `wake` in this thread until the more urgent one runs, and `wait` in that until this one runs.
template <class Wake, class Wait>
void measure_both_ways(std::string_view wake_name, std::string_view wait_name, Wake&& wake, Wait&& wait)
{
    volatile bool stop = false;
    Stopwatch watch;
    Row waits{wait_name};
    Row wakes{wake_name};
    auto other = ThreadBuilder{}.priority(above).spawn([&] {
        wait();
        while (!stop) {
            wakes.add(watch.stop());
            watch.start();
            wait();
        }
    });
    for (Count turn = 0; turn < warm_up + repetitions; ++turn) {
        watch.start();
        wake();
        waits.add(watch.stop());
    }
    stop = true;
    wake();
    other->join();
}

void measure_semaphores()
{
    measure_free_semaphore();
    BinarySemaphore signal;
    measure_both_ways("semaphore: give, until the more urgent thread runs", "semaphore: take, until another thread runs",
                      [&] { signal.release(); }, [&] { signal.acquire(); });
    Semaphore other{0};
    measure_with("wait_any of two semaphores, with a switch", above, [&] { other.release(); },
                 [&] { static_cast<void>(wait_any(when::acquired(signal), when::acquired(other))); });
}

void measure_events()
{
    EventFlags events;
    measure("event flags: set and wait", [&] {
        events.set(1);
        events.wait_any(1, EventFlags::OnExit::clear);
    });
    measure_with("event flags: set and wait, with a switch", above, [&] { events.set(1); },
                 [&] { events.wait_any(1, EventFlags::OnExit::clear); });
    Barrier barrier{2};
    measure_with("barrier of two, with a switch", above, [&] { barrier.arrive_and_wait(); }, [&] { barrier.arrive_and_wait(); });
    Once once;
    measure("once: call when done", [&] { once.call([] {}); });
}

void measure_messages()
{
    MessageQueue<Message, 4> queue;
    {
        Row receives{"message queue: receive 16 bytes"};
        Row sends{"message queue: send 16 bytes"};
        Stopwatch watch;
        for (Count turn = 0; turn < warm_up + repetitions; ++turn) {
            watch.start();
            queue.send({});
            sends.add(watch.stop());
            watch.start();
            static_cast<void>(queue.receive());
            receives.add(watch.stop());
        }
    }
    measure_both_ways("message queue: send 16 bytes, until the more urgent thread has them",
                      "message queue: receive, until another thread runs", [&] { queue.send({}); },
                      [&] { static_cast<void>(queue.receive()); });
    Mailbox<Message> mailbox;
    measure_with("mailbox: send and receive 16 bytes, with a switch", above, [&] { mailbox.send({}); },
                 [&] { static_cast<void>(mailbox.receive()); });
    Pipe<64> pipe;
    std::array<std::byte, 16> bytes{};
    measure("pipe: write and read 16 bytes", [&] {
        pipe.write(bytes);
        pipe.read(bytes);
    });
}

/// A timer's interrupt is what is missing in the running thread's time.
void measure_expiry()
{
    constexpr Count expiries = 64;
    constexpr Count looks = 2048;  // far more than the timer needs to expire
    Row row{"timer: expiry, all of the interrupt"};
    Timer timer{[] {}};
    for (Count turn = 0; turn < warm_up + expiries; ++turn) {
        timer.start_once(5us);
        Count longest = 0;
        Count usual = ~Count{0};
        Count last = read_counter();
        for (Count look = 0; look < looks; ++look) {
            const Count now = read_counter();
            longest = now - last > longest ? now - last : longest;
            usual = now - last < usual ? now - last : usual;
            last = now;
        }
        row.add(longest - usual);
    }
}

void measure_timers()
{
    Timer timer{[] {}};
    {
        Row cancels{"timer: cancel"};
        Row starts{"timer: start"};
        Stopwatch watch;
        for (Count turn = 0; turn < warm_up + repetitions; ++turn) {
            watch.start();
            timer.start_once(1s);
            starts.add(watch.stop());
            watch.start();
            timer.cancel();
            cancels.add(watch.stop());
        }
    }
    measure_expiry();
    WorkQueue queue;
    static_cast<void>(queue.start({.priority = above}));
    Work work{[] {}};
    measure("work queue: submit, with a switch", [&] { queue.submit(work); });
}

}  // namespace

void measure_signals()
{
    begin_group("Signals, messages, timers");
    measure_semaphores();
    measure_events();
    measure_messages();
    measure_timers();
}

}  // namespace bench
