// What deadlines are made of: durations of any kind as the clock's.
#include <pegplan/clock.hpp>
#include <pegplan/deadline.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <ratio>

using namespace std::chrono;
using namespace std::chrono_literals;
using pegplan::kernel::Deadline;
using pegplan::kernel::to_clock;

namespace {

constexpr nanoseconds past{-1};
constexpr nanoseconds longest = nanoseconds::max();
using Days = duration<std::int64_t, std::ratio<86'400>>;
using Picoseconds = duration<std::int64_t, std::pico>;
using Frames = duration<std::int64_t, std::ratio<1, 60>>;
using Weeks8 = duration<std::int8_t, std::ratio<7 * 86'400>>;

}  // namespace

TEST_CASE("durations become the clock's, rounded up: never shorter than what was asked for")
{
    CHECK(to_clock(0s) == 0ns);
    CHECK(to_clock(3ms) == 3'000'000ns);
    CHECK(to_clock(1ns) == 1ns);
    CHECK(to_clock(Picoseconds{1}) == 1ns);
    CHECK(to_clock(Picoseconds{1000}) == 1ns);
    CHECK(to_clock(Picoseconds{1001}) == 2ns);
    CHECK(to_clock(duration<double>{1.5e-9}) == 2ns);
    CHECK(to_clock(duration<float, std::milli>{0.5f}) == 500us);
    CHECK(to_clock(duration<int, std::ratio<1, 3>>{1}) == 333'333'334ns);
    CHECK(to_clock(Weeks8{2}) == 14 * 24h);
    CHECK(to_clock(Frames{60}) == 1s);
    CHECK(to_clock(Frames{1}) == 16'666'667ns);
}

TEST_CASE("all of the past is the same")
{
    CHECK(to_clock(-1ns) == past);
    CHECK(to_clock(hours::min()) == past);
    CHECK(to_clock(Picoseconds{-1}) == past);
    CHECK(to_clock(duration<double>{-1e300}) == past);
    CHECK(to_clock(-std::numeric_limits<double>::infinity() * duration<double>{1}) == past);
}

TEST_CASE("what the clock cannot count becomes the longest that it can")
{
    CHECK(to_clock(nanoseconds::max()) == longest);
    CHECK(to_clock(microseconds::max()) == longest);
    CHECK(to_clock(hours::max()) == longest);
    CHECK(to_clock(Frames::max()) == longest);
    CHECK(to_clock(Frames{90 * 365 * 86'400ll * 60}) == 90 * 365 * 24h);
    CHECK(to_clock(Days{106'752}) == longest);
    CHECK(to_clock(Days{106'751}) < longest);
    CHECK(to_clock(duration<std::uint64_t>{~std::uint64_t{0}}) == longest);
    CHECK(to_clock(duration<std::uint64_t, std::nano>{~std::uint64_t{0}}) == longest);
    CHECK(to_clock(duration<std::uint64_t, std::nano>{std::uint64_t{1} << 63}) == longest);
    CHECK(to_clock(duration<std::uint64_t, std::nano>{(std::uint64_t{1} << 63) - 1}) == longest);
    CHECK(to_clock(duration<std::uint64_t, std::pico>{~std::uint64_t{0}}) == 18'446'744'073'709'552ns);
    CHECK(to_clock(duration<double>{1e300}) == longest);
    CHECK(to_clock(duration<double, std::nano>{1e30}) == longest);
    CHECK(to_clock(duration<double, std::pico>{1e30}) == longest);
    CHECK(to_clock(duration<float, std::nano>{9.3e18f}) == longest);
    CHECK(to_clock(duration<double>{std::numeric_limits<double>::infinity()}) == longest);
    CHECK(to_clock(duration<double, std::nano>{std::numeric_limits<double>::quiet_NaN()}) == longest);
}

TEST_CASE("deadlines are ordered: a try, all times, no limit")
{
    static_assert(Deadline::immediately() < Deadline::never());
    static_assert(Deadline::immediately().ticks() == 0);
    static_assert(Deadline::never().ticks() == std::numeric_limits<Deadline::Ticks>::max());
}
