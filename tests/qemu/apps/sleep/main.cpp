// Sleeping: order, accuracy, periods without drift, extremes.
#include "tests/qemu/apps/support/timing.hpp"

#include <pegplan/pegplan.hpp>

#include <array>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

constexpr Priority above{20};

void order_of_deadlines()
{
    print("== order of deadlines\n");
    constexpr std::array durations{40ms, 10ms, 30ms, 50ms, 20ms};
    std::array<JoinHandle<void>, durations.size()> handles;
    for (std::size_t index = 0; index < durations.size(); ++index) {
        handles[index] = std::move(*spawn([duration = durations[index]] {
            this_thread::sleep_for(duration);
            print("slept {}\n", duration);
        }));
    }
    for (auto& handle : handles) {
        handle.join();
    }
}

void equal_deadlines()
{
    print("== equal deadlines\n");
    const auto deadline = Clock::now() + 10ms;
    std::array<JoinHandle<void>, 4> equals;
    for (std::size_t index = 0; index < equals.size(); ++index) {
        equals[index] = std::move(*spawn([index, deadline] {
            this_thread::sleep_until(deadline);
            print("{}\n", index);
        }));
    }
    for (auto& handle : equals) {
        handle.join();
    }

    print("== equal deadlines, different priorities\n");
    const auto second = Clock::now() + 10ms;
    std::array<JoinHandle<void>, 4> ranked;
    for (std::size_t index = 0; index < ranked.size(); ++index) {
        const int level = 16 + static_cast<int>(index * 3 % 4);
        ranked[index] = std::move(*ThreadBuilder{}.priority(Priority{level}).spawn([level, second] {
            this_thread::sleep_until(second);
            print("priority {}\n", level);
        }));
    }
    for (auto& handle : ranked) {
        handle.join();
    }
}

void accuracy()
{
    print("== accuracy\n");
    constexpr std::array<std::chrono::nanoseconds, 9> durations{1ns, 100ns, 1us, 10us, 123us, 1ms, 9'999'999ns, 100ms, 2s};
    for (const auto duration : durations) {
        const auto begin = Clock::now();
        this_thread::sleep_for(duration);
        const auto slept = Clock::now() - begin;
        print("{}: early {}, late {}\n", duration, slept < duration, slept > duration + timing::lateness);
    }
}

void periods()
{
    print("== 1000 periods\n");
    constexpr auto period = 1ms;
    constexpr int count = 1000;
    const auto begin = Clock::now();
    bool early = false;
    bool late = false;
    for (int turn = 1; turn <= count; ++turn) {
        const auto deadline = begin + turn * period;
        this_thread::sleep_until(deadline);
        const auto now = Clock::now();
        early = early || now < deadline;
        late = late || now > deadline + timing::lateness;
    }
    const auto error = Clock::now() - (begin + count * period);
    print("early {}, late {}, drift {}\n", early, late, error > timing::lateness);
}

void competing_periods()
{
    print("== two periods\n");
    const auto begin = Clock::now() + 1ms;
    const auto ticker = [begin](char name, std::chrono::nanoseconds period, int count) {
        return [=] {
            for (int turn = 0; turn < count; ++turn) {
                this_thread::sleep_until(begin + turn * period);
                print("{} {}\n", name, turn);
            }
        };
    };
    auto fast = ThreadBuilder{}.priority(above).spawn(ticker('f', 20ms, 6));
    auto slow = spawn(ticker('s', 50ms, 3));
    fast->join();
    slow->join();
}

void nothing_to_wait_for()
{
    print("== nothing to wait for\n");
    auto equal = spawn([] { print("the equal one\n"); });
    this_thread::sleep_for(0ns);
    this_thread::sleep_for(-1ns);
    this_thread::sleep_for(-24h);
    this_thread::sleep_for(std::chrono::hours::min());
    this_thread::sleep_until(Clock::now());
    this_thread::sleep_until(Clock::now() - 1s);
    this_thread::sleep_until(Clock::time_point{});
    this_thread::sleep_until(Clock::time_point::min());
    print("nobody else ran\n");
    equal->join();
}

void very_long()
{
    print("== very long\n");
    // An hour passes at once, unless there are ticks in it.
    constexpr std::chrono::nanoseconds long_time = config::tick_periodic ? std::chrono::nanoseconds{10s} : 1h;
    const auto begin = Clock::now();
    this_thread::sleep_for(long_time);
    const auto slept = Clock::now() - begin;
    print("an hour: early {}, late {}\n", slept < long_time, slept > long_time + timing::lateness);

    // Sleeps beyond all bounds do not wrap, and end by nothing but the end of the machine.
    const auto for_ever = [](auto duration) {
        return [duration] {
            this_thread::sleep_for(duration);
            print("woke up\n");
        };
    };
    auto hours = spawn(for_ever(std::chrono::hours::max()));
    auto nanoseconds = spawn(for_ever(std::chrono::nanoseconds::max()));
    auto years = spawn(for_ever(std::chrono::years{292'000'000}));
    auto until = spawn([] {
        this_thread::sleep_until(Clock::time_point::max());
        print("woke up\n");
    });
    print("join: {}\n", hours->join_for(10s).error());
    print("finished {} {} {} {}\n", hours->is_finished(), nanoseconds->is_finished(), years->is_finished(),
          until->is_finished());
}

}  // namespace

int main()
{
    order_of_deadlines();
    equal_deadlines();
    accuracy();
    periods();
    competing_periods();
    nothing_to_wait_for();
    very_long();
    return 0;
}
