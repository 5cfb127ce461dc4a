// The two clocks of a CPU and their rates: the time stamp counter tells the time, the local APIC's timer interrupts at
// deadlines. Neither has a frequency that software may assume, so boot measures both by a device of known frequency,
// and takes the counter's exact one from CPUID where the CPU knows it.
#pragma once

#include "arch/port.hpp"

#include <cstdint>

namespace pegplan::arch::x86_64 {

/// What boot found out; constant from then on.
struct ClockRates {
    std::uint64_t ticks_per_second;  ///< of the time stamp counter
    std::uint64_t timer_per_tick;    ///< counts of the timer in one tick of the counter, in units of 2^-64
    Ticks timer_reach;               ///< distances from this on do not fit the timer
};

inline constinit ClockRates clock_rates{};

/// Where there are several CPUs: how the timers of the others are to be set up.
inline constinit unsigned timer_divider_log2 = 0;

/// Fills `clock_rates` and makes the timer ready for its first deadline. Masked, once.
void init_clocks() noexcept;

}  // namespace pegplan::arch::x86_64
