// The comparison of two CPUs' clocks between threads of the host, under the thread sanitizer.
#include <doctest/doctest.h>

#include "arch/x86_64/step_check.hpp"

#include <atomic>
#include <cstdint>
#include <thread>

using pegplan::arch::x86_64::StepCheck;

namespace {

using Outcome = StepCheck::Outcome;

constexpr std::uint64_t start = std::uint64_t{1} << 40;
constexpr std::uint64_t long_time = ~std::uint64_t{0};

/// A clock that both can read: each reading is later than the one before.
struct CommonClock {
    std::atomic<std::uint64_t> time{start};

    std::uint64_t read() { return time.fetch_add(1); }
};

struct Result {
    Outcome first;
    bool second;
};

/// The second one's clock is ahead by `ahead`, or behind if that is negative.
Result compare(std::int64_t ahead)
{
    CommonClock clock;
    StepCheck check;
    check.reset();
    const auto relax = [] { std::this_thread::yield(); };
    Result result{};
    std::thread second{[&] {
        result.second = check.as_second([&] { return clock.read() + static_cast<std::uint64_t>(ahead); }, relax);
    }};
    result.first = check.as_first([&] { return clock.read(); }, relax, long_time);
    second.join();
    return result;
}

}  // namespace

TEST_CASE("step check: clocks in step")
{
    for (int i = 0; i < 200; ++i) {
        const Result result = compare(0);
        CHECK(result.first == Outcome::in_step);
        CHECK(result.second);
    }
}

TEST_CASE("step check: a clock that is behind, or ahead")
{
    // Farther than the clock goes meanwhile, by the loops that wait.
    for (const std::int64_t ahead : {-(std::int64_t{1} << 39), std::int64_t{1} << 39}) {
        const Result result = compare(ahead);
        CHECK(result.first == Outcome::apart);
        CHECK_FALSE(result.second);
    }
}

TEST_CASE("step check: nobody there, and then somebody late")
{
    CommonClock clock;
    StepCheck check;
    check.reset();
    constexpr std::uint64_t patience = 5000;
    CHECK(check.as_first([&] { return clock.read(); }, [] {}, patience) == Outcome::no_answer);
    CHECK(clock.time.load() - start >= patience);
    CHECK_FALSE(check.as_second([&] { return clock.read(); }, [] {}));
}

TEST_CASE("step check: a clock that leaps does not make the other one late")
{
    StepCheck check;
    check.reset();
    std::atomic<std::uint64_t> time{start};
    std::atomic<unsigned> waits{0};  // the second one's: it has answered and waits for the first
    bool went_on = false;
    std::thread second;
    unsigned looks = 0;
    const auto read = [&] { return time.load(); };
    // The whole of the patience passes before the second one has begun.
    const Outcome outcome = check.as_first(read, [&] {
        constexpr unsigned late = 100;
        if (++looks == 1) {
            time += start;
        } else if (looks == late) {
            second = std::thread{[&] {
                went_on = check.as_second(read, [&] {
                    ++waits;
                    std::this_thread::yield();
                });
            }};
        }
        if (looks >= late) {
            for (const unsigned before = waits; waits == before;) {
                std::this_thread::yield();
            }
        }
    }, start / 2);
    second.join();
    CHECK(outcome == Outcome::in_step);
    CHECK(went_on);
}
