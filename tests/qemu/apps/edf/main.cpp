// Threads with deadlines: whose is the earliest runs, each in every period of its own, and the others in the background.
#include "tests/qemu/apps/support/timing.hpp"
#include "tests/qemu/apps/support/work.hpp"

#include <pegplan/pegplan.hpp>

#include <array>
#include <atomic>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

/// What happens, and when, in milliseconds since `begin`: noted while time counts, printed later.
class Diary {
public:
    void begin() noexcept { begin_ = Clock::now(); }

    void note(char who, char what) noexcept
    {
        const std::size_t index = count_.fetch_add(1, std::memory_order_relaxed);
        if (index < entries_.size()) {
            entries_[index] = {who, what, work::milliseconds(Clock::now() - begin_)};
        }
    }

    void show() const
    {
        for (std::size_t index = 0; index < count_; ++index) {
            const Entry& entry = entries_[index];
            print("{}: {}{}\n", entry.when, entry.who, entry.what);
        }
    }

private:
    struct Entry {
        char who;
        char what;
        long long when;
    };

    Clock::time_point begin_;
    std::atomic<std::size_t> count_{0};
    std::array<Entry, 40> entries_{};
};

DeadlineParameters implicit(std::chrono::nanoseconds runtime, std::chrono::nanoseconds period)
{
    return {.runtime = runtime, .deadline = period, .period = period};
}

/// Jobs of three threads that begin together; 57 % of the CPU. `<` begins one, `>` ends it.
void periodic_jobs()
{
    print("== three threads\n");
    Diary diary;
    Latch start{1};
    const auto worker = [&](char name, std::chrono::nanoseconds time, int jobs) {
        return [&diary, &start, name, time, jobs] {
            start.wait();
            for (int job = 0; job < jobs; ++job) {
                diary.note(name, '<');
                work::use_cpu(time);
                diary.note(name, '>');
                yield_now();
            }
        };
    };
    auto a = ThreadBuilder{}.deadline(implicit(3ms, 10ms)).spawn(worker('a', 2ms, 6));
    auto b = ThreadBuilder{}.deadline(implicit(4ms, 20ms)).spawn(worker('b', 3ms, 3));
    auto c = ThreadBuilder{}.deadline(implicit(16ms, 60ms)).spawn(worker('c', 13ms, 1));
    timing::spin_for(65ms);  // their first periods are over
    diary.begin();
    start.count_down();
    a->join();
    b->join();
    c->join();
    diary.show();
    print("overruns {}\n", a->thread().stats().overruns);
}

/// The priority of a thread with a deadline does not count, nor when it was spawned.
void deadlines_before_priorities()
{
    print("== deadlines before priorities\n");
    Semaphore go{0};
    const auto say = [&go](const char* text) {
        return [&go, text] {
            go.acquire();
            print("{}\n", text);
        };
    };
    auto late = ThreadBuilder{}.priority(Priority{30}).deadline(implicit(2ms, 40ms)).spawn(say("late"));
    auto early = ThreadBuilder{}.priority(Priority{1}).deadline(implicit(2ms, 20ms)).spawn(say("early"));
    auto urgent = ThreadBuilder{}.priority(Priority{31}).spawn(say("background"));
    late->thread().set_priority(Priority{2});
    early->thread().set_priority(Priority{0});
    timing::spin_for(45ms);
    const Thread self = this_thread::current();
    const Priority before = self.priority();
    self.set_priority(Priority::highest());
    go.release(3);
    print("released\n");
    self.set_priority(before);
    late->join();
    early->join();
    urgent->join();
}

/// A thread with an earlier deadline takes the CPU from one with a later one, and that from the background, at once.
void preemption()
{
    print("== preemption\n");
    Semaphore to_early{0};
    Semaphore to_late{0};
    Clock::time_point woken;
    auto early = ThreadBuilder{}.deadline(implicit(5ms, 20ms)).spawn([&] {
        to_early.acquire();
        print("early, at once {}\n", Clock::now() - woken < timing::path);
    });
    auto late = ThreadBuilder{}.deadline(implicit(10ms, 80ms)).spawn([&] {
        to_late.acquire();
        print("late, at once {}\n", Clock::now() - woken < timing::path);
        woken = Clock::now();
        to_early.release();
        print("late again\n");
    });
    timing::spin_for(85ms);
    woken = Clock::now();
    to_late.release();
    print("main\n");
    early->join();
    late->join();
}

/// With the same deadline they go in the order in which they became ready.
void equal_deadlines()
{
    print("== equal deadlines\n");
    Latch start{1};
    std::array<JoinHandle<void>, 3> handles;
    for (std::size_t index = 0; index < handles.size(); ++index) {
        handles[index] = std::move(*ThreadBuilder{}.deadline(implicit(5ms, 50ms)).spawn([index, &start] {
            start.wait();
            print("{}\n", index);
        }));
    }
    timing::spin_for(55ms);
    start.count_down();
    for (auto& handle : handles) {
        handle.join();
    }
}

/// A yield ends a job: the thread goes on in its next period. With a deadline before the period's end too.
void yields()
{
    print("== a yield waits for the next period\n");
    auto thread = ThreadBuilder{}.deadline({.runtime = 2ms, .deadline = 5ms, .period = 10ms}).spawn([] {
        Diary diary;
        diary.begin();
        for (int turn = 0; turn < 4; ++turn) {
            diary.note('y', ' ');
            yield_now();
        }
        work::use_cpu(11ms);  // the last part of it comes in the sixth period
        diary.note('z', ' ');
        diary.show();
    });
    const auto begin = Clock::now();
    thread->join();
    print("{} ms\n", work::milliseconds(Clock::now() - begin));
}

/// What waits in the background takes turns there, by slices, in the time that deadlines leave.
void background()
{
    print("== background\n");
    std::atomic<bool> stop = false;
    std::array<std::chrono::nanoseconds, 2> used{};
    auto busy = ThreadBuilder{}.deadline(implicit(5ms, 10ms)).spawn([&stop] {
        while (!stop) {
        }
    });
    const auto spin = [&used](std::size_t index) {
        return [&used, index] {
            const auto end = Clock::now() + 80ms;
            for (auto last = Clock::now(); last < end;) {
                const auto now = Clock::now();
                if (now - last < work::gap) {
                    used[index] += now - last;
                }
                last = now;
            }
        };
    };
    const Priority below{this_thread::current().priority().level() - 1};
    auto x = ThreadBuilder{}.priority(below).time_slice(1ms).spawn(spin(0));
    auto y = ThreadBuilder{}.priority(below).time_slice(1ms).spawn(spin(1));
    x->join();
    y->join();
    stop = true;
    busy->join();
    const auto about_20ms = [](std::chrono::nanoseconds time) { return time > 18ms && time < 22ms; };
    print("half of what is left each {} {}\n", about_20ms(used[0]), about_20ms(used[1]));
}

/// Time limits and sleeps of threads with a deadline.
void time_limits()
{
    print("== time limits\n");
    auto thread = ThreadBuilder{}.deadline(implicit(2ms, 5ms)).spawn([] {
        Semaphore never{0};
        const auto begin = Clock::now();
        print("{}\n", never.try_acquire_for(3ms));
        this_thread::sleep_until(begin + 9ms);
        print("{} ms\n", work::milliseconds(Clock::now() - begin));
    });
    thread->join();
}

/// A suspended thread does not run, and has saved nothing up when it is resumed.
void suspension()
{
    print("== suspension\n");
    std::atomic<int> rounds = 0;
    std::atomic<bool> stop = false;
    auto thread = ThreadBuilder{}.deadline(implicit(2ms, 10ms)).spawn([&] {
        while (!stop) {
            ++rounds;
        }
    });
    thread->thread().suspend();  // it has used its runtime up
    const int before = rounds;
    timing::spin_for(3ms);
    thread->thread().resume();
    print("still held back {}\n", rounds == before);
    timing::spin_for(20ms);
    print("then it ran {}\n", rounds > before);
    thread->thread().suspend();
    const int after = rounds;
    timing::spin_for(30ms);
    print("suspended {}\n", rounds == after);
    stop = true;
    thread->thread().resume();
    thread->join();
}

}  // namespace

int main()
{
    periodic_jobs();
    deadlines_before_priorities();
    preemption();
    equal_deadlines();
    yields();
    background();
    time_limits();
    suspension();
    return 0;
}
