// Using the CPU for a time of one's own, and times that tests can print.
#pragma once

#include <pegplan/clock.hpp>

#include <chrono>

namespace work {

using namespace std::chrono_literals;

/// Two readings of the clock that are further apart have another thread between them.
inline constexpr std::chrono::nanoseconds gap = 200us;

/// Uses the CPU for `duration`, not counting the time in which others have it.
inline void use_cpu(std::chrono::nanoseconds duration) noexcept
{
    auto last = pegplan::Clock::now();
    while (duration > 0ns) {
        const auto now = pegplan::Clock::now();
        if (now - last < gap) {
            duration -= now - last;
        }
        last = now;
    }
}

/// To the nearest whole number.
inline long long milliseconds(std::chrono::nanoseconds duration) noexcept
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(duration + 500us).count();
}

}  // namespace work
