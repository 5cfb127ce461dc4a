// Threads share the CPU in proportion to their weights.
#include "tests/qemu/apps/support/timing.hpp"
#include "tests/qemu/apps/support/work.hpp"

#include <pegplan/pegplan.hpp>

#include <array>
#include <atomic>
#include <string_view>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

constexpr auto slice = 1ms;

/// Spins until `end`; returns how long it had the CPU.
std::chrono::nanoseconds spin_until(Clock::time_point end)
{
    auto used = 0ns;
    for (auto last = Clock::now(); last < end;) {
        const auto now = Clock::now();
        if (now - last < work::gap) {
            used += now - last;
        }
        last = now;
    }
    return used;
}

/// What threads of these weights get in `time`, in slices.
template <std::size_t count>
void share(const std::array<std::uint32_t, count>& weights, std::chrono::milliseconds time)
{
    Latch start{1};
    Clock::time_point end;
    std::array<JoinHandle<std::chrono::nanoseconds>, count> handles;
    for (std::size_t index = 0; index < count; ++index) {
        handles[index] = std::move(*ThreadBuilder{}.weight(weights[index]).time_slice(slice).spawn([&] {
            start.wait();
            return spin_until(end);
        }));
    }
    end = Clock::now() + time;
    start.count_down();
    std::uint64_t all = 0;
    for (const std::uint32_t weight : weights) {
        all += weight;
    }
    for (std::size_t index = 0; index < count; ++index) {
        const auto used = handles[index].join().value();
        const auto due = std::chrono::nanoseconds{time} * weights[index] / all;
        const auto error = used > due ? used - due : due - used;
        print("weight {}: {} of {} ms, within a slice {}\n", weights[index], work::milliseconds(due), time.count(),
              error <= slice + timing::lateness + time / 100);
    }
}

void shares()
{
    print("== shares\n");
    share(std::array<std::uint32_t, 3>{100, 200, 300}, 120ms);
    share(std::array<std::uint32_t, 2>{1, 1}, 20ms);
    share(std::array<std::uint32_t, 3>{50, 25, 25}, 80ms);
    share(std::array<std::uint32_t, 2>{1, 99}, 100ms);
}

/// Who runs, turn by turn.
class Turns {
public:
    bool note(char name) noexcept
    {
        if (last_.load(std::memory_order_relaxed) != name) {
            last_.store(name, std::memory_order_relaxed);
            const std::size_t index = count_.fetch_add(1, std::memory_order_relaxed);
            if (index < turns_.size()) {
                turns_[index] = {name, Clock::now()};
            }
        }
        return count_.load(std::memory_order_relaxed) < turns_.size();
    }

    /// How many slices each turn took.
    void show() const
    {
        for (std::size_t index = 0; index + 1 < turns_.size(); ++index) {
            print("{}{} ", turns_[index].name, work::milliseconds(turns_[index + 1].begin - turns_[index].begin));
        }
        print("\n");
    }

private:
    struct Turn {
        char name;
        Clock::time_point begin;
    };

    std::atomic<char> last_{' '};
    std::atomic<std::size_t> count_{0};
    std::array<Turn, 8> turns_{};
};

auto spin_and_note(Latch& start, Turns& turns, char name)
{
    return [&start, &turns, name] {
        start.wait();
        while (turns.note(name)) {
        }
    };
}

/// b's tag rises by 1/2.3 of what a's rises by in a slice.
void order()
{
    print("== turns\n");
    Turns turns;
    Latch start{1};
    auto a = ThreadBuilder{}.weight(100).time_slice(slice).spawn(spin_and_note(start, turns, 'a'));
    auto b = ThreadBuilder{}.weight(230).time_slice(slice).spawn(spin_and_note(start, turns, 'b'));
    start.count_down();
    a->join();
    b->join();
    turns.show();
}

/// A thread that has slept runs at once, however many spin, but has not saved its share up. With a periodic tick it may wake up in the very
/// tick in which a slice ends: then the thread that is due for the next one has had as little, and goes first, up to the tick behind its slice.
void sleepers()
{
    print("== sleepers\n");
    std::atomic<bool> stop = false;
    std::array<JoinHandle<void>, 3> spinners;
    for (auto& spinner : spinners) {
        spinner = std::move(*ThreadBuilder{}.time_slice(slice).spawn([&stop] {
            while (!stop) {
            }
        }));
    }
    auto sleeper = ThreadBuilder{}.time_slice(slice).spawn([] {
        constexpr auto limit = timing::lateness + (config::tick_periodic ? slice + timing::resolution : 0ns);
        bool late = false;
        for (int turn = 0; turn < 5; ++turn) {
            const auto deadline = Clock::now() + 9700us;
            this_thread::sleep_until(deadline);
            late = late || Clock::now() > deadline + limit;
        }
        print("late {}\n", late);
        const auto used = spin_until(Clock::now() + 40ms);
        print("a quarter of 40 ms {}\n", used > 10ms - 2 * slice && used < 10ms + 2 * slice);
    });
    sleeper->join();
    stop = true;
    for (auto& spinner : spinners) {
        spinner.join();
    }
}

/// From 1 : 1 to 3 : 1, and a thread that changes its own.
void weights_change()
{
    print("== weights change\n");
    Latch start{1};
    Latch middle{1};
    Clock::time_point begin;
    const auto halves = [&] {
        start.wait();
        const auto first = spin_until(begin + 40ms);
        return std::array<std::chrono::nanoseconds, 2>{first, spin_until(begin + 80ms)};
    };
    auto a = ThreadBuilder{}.weight(100).time_slice(slice).spawn(halves);
    auto b = ThreadBuilder{}.weight(100).time_slice(slice).spawn(halves);
    begin = Clock::now();
    start.count_down();
    this_thread::sleep_until(begin + 40ms);
    print("set {}\n", a->thread().set_weight(300).has_value());
    print("weight {}\n", a->thread().weight());
    const auto of_a = a->join().value();
    const auto of_b = b->join().value();
    const auto about = [](std::chrono::nanoseconds used, std::chrono::nanoseconds due) {
        return used > due - 2 * slice && used < due + 2 * slice;
    };
    print("first half equal {} {}\n", about(of_a[0], 20ms), about(of_b[0], 20ms));
    print("second half 3 : 1 {} {}\n", about(of_a[1], 30ms), about(of_b[1], 10ms));
}

/// A yield lets those run who have had less.
void yields()
{
    print("== yields\n");
    Latch start{1};
    const auto turns = [&start](char name, std::chrono::nanoseconds time) {
        return [&start, name, time] {
            start.wait();
            for (int turn = 0; turn < 3; ++turn) {
                timing::spin_for(time);
                print("{} turn {}\n", name, turn);
                yield_now();
            }
        };
    };
    // After each turn the one has had 200 us less than the other, or more: far more than what a print takes.
    auto a = ThreadBuilder{}.spawn(turns('a', 400us));
    auto b = ThreadBuilder{}.spawn(turns('b', 600us));
    start.count_down();
    a->join();
    b->join();
    yield_now();
    print("alone\n");
}

void suspension()
{
    print("== suspension\n");
    std::atomic<bool> stop = false;
    std::atomic<int> rounds = 0;
    auto spinner = ThreadBuilder{}.time_slice(slice).spawn([&] {
        while (!stop) {
            ++rounds;
        }
    });
    timing::spin_for(5ms);
    spinner->thread().suspend();
    const int before = rounds;
    timing::spin_for(20ms);
    print("suspended {}\n", rounds == before);
    spinner->thread().resume();
    timing::spin_for(5ms);
    print("resumed {}\n", rounds > before);
    const int then = rounds;
    this_thread::sleep_for(5ms);
    print("alone {}\n", rounds > then);
    stop = true;
    spinner->join();
}

/// Priorities order those who wait for the same thing, and nothing else.
void priorities()
{
    print("== priorities\n");
    Mutex<> mutex;
    mutex.lock();
    std::array<JoinHandle<void>, 3> handles;
    for (std::size_t index = 0; index < handles.size(); ++index) {
        const Priority priority{10 + static_cast<int>(index)};
        handles[index] = std::move(*ThreadBuilder{}.priority(priority).spawn([index, &mutex] {
            mutex.lock();
            print("{} has it\n", index);
            mutex.unlock();
        }));
    }
    this_thread::sleep_for(1ms);
    handles[0].thread().set_priority(Priority{31});
    mutex.unlock();
    for (auto& handle : handles) {
        handle.join();
    }
    share(std::array<std::uint32_t, 2>{100, 100}, 20ms);
}

void weights()
{
    print("== weights\n");
    const Thread self = this_thread::current();
    print("main {}\n", self.weight());
    for (const std::uint32_t weight : {0U, 1U, 10'000U, 10'001U, ~0U}) {
        const auto thread = ThreadBuilder{}.weight(weight).spawn([] {});
        const Result<void> set = self.set_weight(weight);
        print("{}: spawn {}, set {}\n", weight, thread ? std::string_view{"done"} : name_of(thread.error()),
              set ? std::string_view{"done"} : name_of(set.error()));
    }
    self.set_weight(7);
    auto child = spawn([] { return this_thread::current().weight(); });
    print("child {}\n", child->join().value());
    self.set_weight(default_weight);
    auto gone = spawn([] {});
    const Thread thread = gone->thread();
    gone->join();
    print("gone {}, {}\n", thread.weight(), thread.set_weight(5).error());
}

}  // namespace

int main()
{
    shares();
    order();
    sleepers();
    weights_change();
    yields();
    suspension();
    priorities();
    weights();
    return 0;
}
