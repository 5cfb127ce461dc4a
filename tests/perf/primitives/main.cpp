// What each primitive costs. Under -icount a nanosecond of the clock is an instruction, so that the figures are exact and the
// same in each run; `scripts/pegplan bench --board B` runs this and prints a table.
//
// Each row is the mean over many repetitions, less what the empty loop costs. "With a switch" is the way there
// and back: a more urgent thread waits, is woken, and waits again, which is two switches.
#include <pegplan/pegplan.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t repetitions = 4096;  // a power of two: figures with a finite number of digits
constexpr Priority above{config::main_priority + 1};

/// Keeps the compiler from seeing through a loop.
inline void fence() noexcept
{
    asm volatile("" : : : "memory");
}

template <class Operation>
std::int64_t instructions_of(Operation&& operation)
{
    operation();  // what happens the first time only
    const auto begin = Clock::now();
    for (std::int64_t turn = 0; turn < repetitions; ++turn) {
        operation();
        fence();
    }
    return (Clock::now() - begin).count();
}

template <class Operation>
void row(std::string_view name, Operation&& operation)
{
    static const std::int64_t loop = instructions_of([] {});
    const std::int64_t total = instructions_of(operation) - loop;
    const std::int64_t hundredths = (total * 100 + repetitions / 2) / repetitions;
    print("row {}: {}.{:02}\n", name, hundredths / 100, hundredths % 100);
}

/// Measures `operation` while a more urgent thread does `partner` again and again.
template <class Operation, class Partner>
void row_with_partner(std::string_view name, Operation&& operation, Partner partner)
{
    bool stop = false;
    auto thread = ThreadBuilder{}.priority(above).spawn([&stop, &partner] {
        while (!stop) {
            partner();
        }
    });
    row(name, operation);
    stop = true;
    operation();
    thread->join();
}

struct Message {
    std::uint64_t words[2];
};

void threads()
{
    row("clock", [] { static_cast<void>(Clock::now()); });
    row("yield, alone", [] { yield_now(); });
    {
        bool stop = false;
        auto peer = spawn([&stop] {
            while (!stop) {
                yield_now();
                fence();
            }
        });
        row("yield, two threads take a turn each", [] { yield_now(); });
        stop = true;
        peer->join();
    }
    row("spawn and join", [] { static_cast<void>(spawn([] {})->join()); });
    row("spawn and join, more urgent", [] { static_cast<void>(ThreadBuilder{}.priority(above).spawn([] {})->join()); });
    auto sleeper = ThreadBuilder{}.priority(above).spawn([](StopToken stop) {
        while (!stop.stop_requested()) {
            this_thread::current().suspend();
        }
    });
    const Thread thread = sleeper->thread();
    row("resume and suspend, with a switch", [&] { thread.resume(); });
    sleeper->request_stop();
    thread.resume();
    sleeper->join();
}

void mutexes()
{
    Mutex<> mutex;
    row("mutex: lock and unlock", [&] {
        mutex.lock();
        mutex.unlock();
    });
    Mutex<void, {.recursive = true}> recursive;
    row("recursive mutex: lock and unlock", [&] {
        recursive.lock();
        recursive.unlock();
    });
    Mutex<int, {.robust = true}> robust{0};
    row("robust mutex: lock and unlock", [&] { static_cast<void>(robust.lock()); });
    BinarySemaphore begin;
    row_with_partner("mutex: lock, others wait, unlock, with inheritance and a switch",
                     [&] {
                         mutex.lock();
                         begin.release();
                         mutex.unlock();
                     },
                     [&] {
                         begin.acquire();
                         mutex.lock();
                         mutex.unlock();
                     });
    RwLock<> lock;
    row("readers-writer lock: read", [&] {
        lock.lock_shared();
        lock.unlock_shared();
    });
    row("readers-writer lock: write", [&] {
        lock.lock();
        lock.unlock();
    });
    Mutex<int> value{0};
    ConditionVariable changed;
    row("condition variable: notify, nobody waits", [&] { changed.notify_one(); });
    row_with_partner("condition variable: notify and wait, with a switch", [&] { changed.notify_one(); },
                     [&] {
                         auto guard = value.lock();
                         changed.wait(guard);
                     });
}

void signals()
{
    Semaphore semaphore{1};
    row("semaphore: acquire and release", [&] {
        semaphore.acquire();
        semaphore.release();
    });
    BinarySemaphore signal;
    row_with_partner("semaphore: release and acquire, with a switch", [&] { signal.release(); }, [&] { signal.acquire(); });
    row_with_partner("semaphore: release and acquire with a time limit, with a switch", [&] { signal.release(); },
                     [&] { static_cast<void>(signal.try_acquire_for(1s)); });
    EventFlags events;
    row("event flags: set and wait", [&] {
        events.set(1);
        events.wait_any(1, EventFlags::OnExit::clear);
    });
    row_with_partner("event flags: set and wait, with a switch", [&] { events.set(1); },
                     [&] { events.wait_any(1, EventFlags::OnExit::clear); });
    Barrier barrier{2};
    row_with_partner("barrier of two, with a switch", [&] { barrier.arrive_and_wait(); }, [&] { barrier.arrive_and_wait(); });
    Once once;
    row("once: call when done", [&] { once.call([] {}); });
    Semaphore other{0};
    row_with_partner("wait_any of two semaphores, with a switch", [&] { other.release(); },
                     [&] { static_cast<void>(wait_any(when::acquired(signal), when::acquired(other))); });
}

void messages()
{
    MessageQueue<Message, 4> queue;
    row("message queue: send and receive 16 bytes", [&] {
        queue.send({});
        static_cast<void>(queue.receive());
    });
    row_with_partner("message queue: send and receive 16 bytes, with a switch", [&] { queue.send({}); },
                     [&] { static_cast<void>(queue.receive()); });
    Mailbox<Message> mailbox;
    row_with_partner("mailbox: send and receive 16 bytes, with a switch", [&] { mailbox.send({}); },
                     [&] { static_cast<void>(mailbox.receive()); });
    Pipe<64> pipe;
    std::array<std::byte, 16> bytes{};
    row("pipe: write and read 16 bytes", [&] {
        pipe.write(bytes);
        pipe.read(bytes);
    });
}

void time()
{
    Timer timer{[] {}};
    row("timer: start and cancel", [&] {
        timer.start_once(1s);
        timer.cancel();
    });
    {
        // Around it in the queue: so many timers that expire before, and as many behind.
        constexpr int others = 32;
        std::array<std::optional<Timer<void (*)()>>, others> crowd;
        for (int number = 0; number < others; ++number) {
            crowd[static_cast<std::size_t>(number)].emplace([] {}).start_once(1h * (number + 1));
        }
        row("timer: start and cancel among 32 others", [&] {
            timer.start_once(1h * (others / 2));
            timer.cancel();
        });
    }
    WorkQueue queue;
    static_cast<void>(queue.start({.priority = above}));
    Work work{[] {}};
    row("work queue: submit, with a switch", [&] { queue.submit(work); });
}

/// "In a task": by a worker, in its own deque; nobody else is there to steal. By a thread there are two switches.
void small_tasks()
{
    const auto run_and_wait = [] {
        TaskGroup group;
        group.run([] {});
        group.wait();
    };
    row("task: run and wait, by a thread", run_and_wait);
    const auto eight = [] {
        TaskGroup group;
        for (int i = 0; i < 8; ++i) {
            group.run([] {});
        }
        group.wait();
    };
    TaskGroup outer;
    outer.run([&] {
        row("task: run and wait, in a task", run_and_wait);
        row("task: run eight and wait, in a task", eight);
    });
    outer.wait();
}

}  // namespace

int main()
{
    threads();
    mutexes();
    signals();
    messages();
    time();
    small_tasks();
    return 0;
}
