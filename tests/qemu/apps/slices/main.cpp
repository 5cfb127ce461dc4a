// Threads that never yield share the CPU by slices; the more urgent ones interrupt them on time.
#include "tests/qemu/apps/support/timing.hpp"

#include <pegplan/pegplan.hpp>

#include <array>
#include <atomic>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

constexpr Priority level{10};
constexpr Priority high{20};

/// Who ran, turn by turn: a thread notes itself when it finds that somebody else has run since.
class Turns {
public:
    static constexpr std::size_t capacity = 12;

    explicit Turns(std::size_t limit = capacity) noexcept : limit_{limit} {}

    struct Turn {
        char name;
        Clock::time_point begin;
    };

    /// The running thread says that it runs. Returns false when there is no more room.
    bool note(char name) noexcept
    {
        if (last_.load(std::memory_order_relaxed) != name) {
            last_.store(name, std::memory_order_relaxed);
            const std::size_t index = count_.fetch_add(1, std::memory_order_relaxed);
            if (index < capacity) {
                turns_[index] = {name, Clock::now()};
            }
        }
        return count_.load(std::memory_order_relaxed) < limit_;
    }

    void show(std::size_t count) const
    {
        for (std::size_t index = 0; index < count; ++index) {
            print("{}", turns_[index].name);
        }
        print("\n");
    }

    [[nodiscard]] std::size_t count() const noexcept { return std::min(count_.load(), limit_); }
    [[nodiscard]] char name(std::size_t index) const noexcept { return turns_[index].name; }
    [[nodiscard]] std::chrono::nanoseconds length(std::size_t index) const noexcept
    {
        return turns_[index + 1].begin - turns_[index].begin;
    }

private:
    std::size_t limit_;
    std::atomic<char> last_{' '};
    std::atomic<std::size_t> count_{0};
    std::array<Turn, capacity> turns_{};
};

auto spin_and_note(Turns& turns, char name)
{
    return [&turns, name] {
        while (turns.note(name)) {
        }
    };
}

bool about(std::chrono::nanoseconds measured, std::chrono::nanoseconds expected)
{
    return measured > expected - timing::path && measured < expected + timing::lateness + timing::resolution;
}

/// Whether all turns of `name` took `slice`.
bool all_about(const Turns& turns, char name, std::chrono::nanoseconds slice)
{
    for (std::size_t index = 0; index + 1 < turns.count(); ++index) {
        if (turns.name(index) == name && !about(turns.length(index), slice)) {
            return false;
        }
    }
    return true;
}

void two_spinners()
{
    print("== two that never yield\n");
    Turns turns{6};
    auto a = ThreadBuilder{}.priority(level).spawn(spin_and_note(turns, 'a'));
    auto b = ThreadBuilder{}.priority(level).spawn(spin_and_note(turns, 'b'));
    a->join();
    b->join();
    turns.show(6);
    print("slices exact {} {}\n", all_about(turns, 'a', config::time_slice), all_about(turns, 'b', config::time_slice));
}

void three_with_their_own()
{
    print("== three with slices of their own\n");
    Turns turns;
    auto a = ThreadBuilder{}.priority(level).time_slice(1ms).spawn(spin_and_note(turns, 'a'));
    auto b = ThreadBuilder{}.priority(level).time_slice(3ms).spawn(spin_and_note(turns, 'b'));
    auto c = ThreadBuilder{}.priority(level).time_slice(2ms).spawn(spin_and_note(turns, 'c'));
    a->join();
    b->join();
    c->join();
    turns.show(9);
    print("slices exact {} {} {}\n", all_about(turns, 'a', 1ms), all_about(turns, 'b', 3ms), all_about(turns, 'c', 2ms));
}

/// An interruption every third of a slice must not give one of two equals all the time, nor cut its slices.
void rest_of_a_slice()
{
    print("== preempted slices go on\n");
    Turns turns;
    std::atomic<bool> stop = false;
    auto urgent = ThreadBuilder{}.priority(high).spawn([&stop] {
        int woken = 0;
        for (auto next = Clock::now(); !stop; ++woken) {
            next += 1ms;
            this_thread::sleep_until(next);
        }
        return woken;
    });
    auto a = ThreadBuilder{}.priority(level).time_slice(3ms).spawn(spin_and_note(turns, 'a'));
    auto b = ThreadBuilder{}.priority(level).time_slice(3ms).spawn(spin_and_note(turns, 'b'));
    a->join();
    b->join();
    stop = true;
    print("woken often {}\n", urgent->join().value() > 20);
    turns.show(10);
    print("slices exact {} {}\n", all_about(turns, 'a', 3ms), all_about(turns, 'b', 3ms));
}

void rest_of_a_slice_with_odd_interruptions()
{
    print("== preempted at odd times\n");
    Turns turns;
    std::atomic<bool> stop = false;
    auto urgent = ThreadBuilder{}.priority(high).spawn([&stop] {
        while (!stop) {
            this_thread::sleep_for(370us);
            timing::spin_for(100us);
        }
    });
    auto a = ThreadBuilder{}.priority(level).time_slice(2ms).spawn(spin_and_note(turns, 'a'));
    auto b = ThreadBuilder{}.priority(level).time_slice(2ms).spawn(spin_and_note(turns, 'b'));
    a->join();
    b->join();
    stop = true;
    urgent->join();
    turns.show(10);
}

void a_peer_comes_later()
{
    print("== a peer comes later\n");
    Turns turns;
    Clock::time_point arrival;
    auto a = ThreadBuilder{}.priority(level).time_slice(2ms).spawn(spin_and_note(turns, 'a'));
    auto urgent = ThreadBuilder{}.priority(high).spawn([&] {
        this_thread::sleep_for(7ms);  // several slices, which a has for itself
        arrival = Clock::now();
        return ThreadBuilder{}.priority(level).time_slice(2ms).spawn([&turns, &arrival] {
            const auto waited = Clock::now() - arrival;
            while (turns.note('b')) {
            }
            return waited;
        });
    });
    auto b = std::move(*urgent->join().value());
    a->join();
    const auto waited = b.join().value();
    turns.show(6);
    print("a had one slice {}\n", about(waited, 2ms));
}

/// An equal that wakes up while another one runs waits for the end of a slice, which begins with the wake-up.
void a_peer_wakes_up()
{
    print("== a peer wakes up\n");
    Clock::time_point deadline;
    auto sleeper = ThreadBuilder{}.priority(level).time_slice(2ms).spawn([&deadline] {
        deadline = Clock::now() + 5ms;
        this_thread::sleep_until(deadline);
        return Clock::now() - deadline;
    });
    auto spinner = ThreadBuilder{}.priority(level).time_slice(2ms).spawn([] { timing::spin_for(12ms); });
    const auto waited = sleeper->join().value();
    print("it waited for a slice {}, spinner finished {}\n", about(waited, 2ms), spinner->is_finished());
    spinner->join();
}

void the_peer_goes()
{
    print("== the peer goes\n");
    Turns turns;
    auto a = ThreadBuilder{}.priority(level).time_slice(1ms).spawn([&turns] {
        while (turns.note('a') && turns.count() < 5) {
        }
        const auto begin = Clock::now();
        auto longest = 0ns;
        for (auto last = begin; last < begin + 5ms;) {
            const auto now = Clock::now();
            longest = std::max(longest, std::chrono::nanoseconds{now - last});
            last = now;
        }
        return longest;
    });
    auto b = ThreadBuilder{}.priority(level).time_slice(1ms).spawn([&turns] {
        while (turns.note('b') && turns.count() < 4) {
        }
    });
    b->join();
    print("alone without a break {}\n", a->join().value() < timing::path);
    turns.show(turns.count());
}

/// A yield gives the rest of the slice away; the next one is whole.
void yield_and_slices()
{
    print("== yields between\n");
    Turns turns;
    auto a = ThreadBuilder{}.priority(level).time_slice(2ms).spawn([&turns] {
        while (turns.note('a')) {
            timing::spin_for(500us);
            yield_now();
        }
    });
    auto b = ThreadBuilder{}.priority(level).time_slice(2ms).spawn(spin_and_note(turns, 'b'));
    a->join();
    b->join();
    turns.show(8);
    print("a yields early {}, b has whole slices {}\n", all_about(turns, 'a', 500us), all_about(turns, 'b', 2ms));
}

void urgent_sleeper()
{
    print("== an urgent sleeper\n");
    std::atomic<bool> stop = false;
    auto spinner = ThreadBuilder{}.priority(level).spawn([&stop] {
        while (!stop) {
        }
    });
    auto other = ThreadBuilder{}.priority(level).time_slice(300us).spawn([&stop] {
        while (!stop) {
        }
    });
    auto sleeper = ThreadBuilder{}.priority(high).spawn([] {
        bool early = false;
        bool late = false;
        for (int turn = 0; turn < 20; ++turn) {
            const auto deadline = Clock::now() + 700us;
            this_thread::sleep_until(deadline);
            const auto now = Clock::now();
            early = early || now < deadline;
            late = late || now > deadline + timing::lateness;
        }
        print("early {}, late {}\n", early, late);
    });
    sleeper->join();
    stop = true;
    spinner->join();
    other->join();
}

void less_urgent_starves()
{
    print("== the less urgent waits\n");
    std::atomic<int> progress = 0;
    auto lower = ThreadBuilder{}.priority(Priority{5}).spawn([&progress] { ++progress; });
    timing::spin_for(12ms);
    print("progress {}\n", progress.load());
    lower->join();
    print("progress {}\n", progress.load());
}

}  // namespace

int main()
{
    two_spinners();
    three_with_their_own();
    rest_of_a_slice();
    rest_of_a_slice_with_odd_interruptions();
    a_peer_comes_later();
    a_peer_wakes_up();
    the_peer_goes();
    yield_and_slices();
    urgent_sleeper();
    less_urgent_starves();
    return 0;
}
