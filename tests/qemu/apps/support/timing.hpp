// What tests may assume about time. Under `-icount shift=0` an instruction takes a nanosecond of virtual time, so that
// bounds are exact from run to run; they leave room for the differences between architectures.
#pragma once

#include <pegplan/clock.hpp>
#include <pegplan/config/time.hpp>

#include <algorithm>
#include <chrono>

namespace timing {

using namespace std::chrono_literals;

/// How late a deadline may be noticed: with a periodic tick up to one period.
inline constexpr std::chrono::nanoseconds resolution =
    pegplan::config::tick_periodic ? 1'000'000'000ns / std::max(1, pegplan::config::tick_rate_hz) : 0ns;

/// The path from the timer's interrupt to the thread, firmware and emulated calibration included.
inline constexpr std::chrono::nanoseconds path = 50us;

inline constexpr std::chrono::nanoseconds lateness = resolution + path;

/// Uses the CPU until `time`, whoever else uses it meanwhile.
inline void spin_until(pegplan::Clock::time_point time) noexcept
{
    while (pegplan::Clock::now() < time) {
    }
}

inline void spin_for(std::chrono::nanoseconds duration) noexcept
{
    spin_until(pegplan::Clock::now() + duration);
}

}  // namespace timing
