// The measurement of clock rates against a simulated machine, on which readings take time and the CPU is held up.
#include <doctest/doctest.h>

#include "arch/x86_64/calibration.hpp"

#include <cstdint>
#include <random>

using namespace pegplan::arch::x86_64;

namespace {

constexpr double slow_rate = 1'193'182;
constexpr std::uint64_t accuracy = 500;

/// A machine with both counters. `reading` is how long a reading takes in seconds, at most twice that; with a
/// probability of one in `hold_up_odds` something holds the CPU up for as much as `hold_up` seconds first.
struct Machine {
    double fast_rate;
    double reading;
    double hold_up = 0;
    unsigned hold_up_odds = 1;
    std::mt19937 random{1};
    double now = 0;
    int starts = 0;
    int ends = 0;

    double fraction() { return std::uniform_real_distribution<double>{0, 1}(random); }

    void pass()
    {
        now += reading * (1 + fraction()) / 2;
        if (hold_up > 0 && random() % hold_up_odds == 0) {
            now += hold_up * fraction();
        }
        now += reading * (1 + fraction()) / 2;
    }

    std::uint64_t read_fast()
    {
        pass();
        return static_cast<std::uint64_t>(now * fast_rate);
    }

    std::uint16_t read_slow()
    {
        pass();
        return static_cast<std::uint16_t>(static_cast<std::uint64_t>(now * slow_rate));
    }

    /// The fast counter's rate, as measured.
    double measure()
    {
        const Comparison comparison = compare([this] { return read_slow(); }, [this] { return read_fast(); }, accuracy,
                                              [this] { ++starts; }, [this] { ++ends; });
        return static_cast<double>(comparison.fast) * slow_rate / static_cast<double>(comparison.slow);
    }
};

void check_measurement(Machine machine)
{
    for (unsigned seed = 1; seed <= 200; ++seed) {
        machine.random.seed(seed);
        machine.starts = 0;
        machine.ends = 0;
        const double measured = machine.measure();
        CAPTURE(seed);
        CHECK(measured == doctest::Approx(machine.fast_rate).epsilon(1.0 / accuracy));
        CHECK(machine.starts >= 1);
        CHECK(machine.ends == 1);
    }
}

}  // namespace

TEST_CASE("calibration: quick readings need microseconds")
{
    Machine machine{.fast_rate = 1e9, .reading = 5e-9};
    check_measurement(machine);
    static_cast<void>(machine.measure());
    CHECK(machine.now < 100e-6);
}

TEST_CASE("calibration: readings that take longer than the slow counter's period")
{
    check_measurement({.fast_rate = 3e9, .reading = 1e-6});
    check_measurement({.fast_rate = 2.4e9, .reading = 20e-6});
}

TEST_CASE("calibration: hold-ups in which the slow counter wraps unseen")
{
    check_measurement({.fast_rate = 2.5e9, .reading = 300e-9, .hold_up = 0.2, .hold_up_odds = 5000});
    check_measurement({.fast_rate = 2.5e9, .reading = 300e-9, .hold_up = 2e-3, .hold_up_odds = 1000});
}
