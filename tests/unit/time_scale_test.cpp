// Conversion between ticks and nanoseconds.
#include "core/time/time_scale.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <random>

using namespace pegplan::kernel;

namespace {

template <std::uint64_t Frequency>
struct FixedClock {
    static constexpr std::uint64_t ticks_per_second() { return Frequency; }
};

/// A frequency that only run time knows.
struct MeasuredClock {
    static inline std::uint64_t frequency = 0;
    static std::uint64_t ticks_per_second() { return frequency; }
};

static_assert(HasConstantFrequency<FixedClock<1>>);
static_assert(!HasConstantFrequency<MeasuredClock>);

template <class Clock>
void check(std::uint64_t frequency)
{
    using Scale = TimeScale<Clock>;
    using Wide = unsigned __int128;
    std::mt19937_64 random{6};
    for (int step = 0; step < 20'000; ++step) {
        const std::uint64_t value = random() >> (random() % 64) >> 8;
        // Too large by less than one unit in 2^63, hence by at most one after rounding.
        const Wide exact = static_cast<Wide>(value) * nanoseconds_per_second / frequency;
        if (exact < longest_ticks) {
            REQUIRE(Scale::nanoseconds(value) - static_cast<std::uint64_t>(exact) <= 1);
        } else {
            REQUIRE(Scale::nanoseconds(value) == longest_ticks);
        }
        const std::uint64_t ticks = Scale::ticks(value);
        if (ticks < longest_ticks) {
            REQUIRE(Scale::nanoseconds(ticks) >= value);  // never early
            if (ticks > 0) {
                REQUIRE(static_cast<Wide>(ticks - 1) * nanoseconds_per_second < static_cast<Wide>(value) * frequency);
            }
        }
    }
    CHECK(Scale::ticks(0) == 0);
    CHECK(Scale::ticks(nanoseconds_per_second) == frequency);
    CHECK(Scale::nanoseconds(frequency) == nanoseconds_per_second);
    CHECK(Scale::ticks(~std::uint64_t{0}) <= longest_ticks);
}

void check_measured(std::uint64_t frequency)
{
    MeasuredClock::frequency = frequency;
    TimeScale<MeasuredClock>::initialize();
    check<MeasuredClock>(frequency);
}

}  // namespace

TEST_CASE("frequencies that divide a second into whole nanoseconds")
{
    check<FixedClock<1'000'000'000>>(1'000'000'000);
    check<FixedClock<62'500'000>>(62'500'000);
    check<FixedClock<10'000'000>>(10'000'000);
    check<FixedClock<1'000'000>>(1'000'000);
}

TEST_CASE("frequencies that do not, known at compile time or measured")
{
    check<FixedClock<24'000'000>>(24'000'000);
    check<FixedClock<3'579'545>>(3'579'545);
    check<FixedClock<32'768>>(32'768);
    check_measured(2'893'411'007);
    check_measured(999'999'937);
    check_measured(19'200'000);
}
