// The generic timer of ARM CPUs, in system registers: the virtual counter and its timer, which a kernel may use
// wherever it was entered. The counter has a fixed frequency, and neither stops nor wraps within 40 years.
//
// What the aarch64 port needs of a timer: `init`, `now`, `set_deadline`, `frequency`, `irq`, `reported_frequency`.
#pragma once

#include <pegplan/config/smp.hpp>

#include <cstdint>

namespace pegplan::arch::devices {

struct ArmGenericTimerConfig {
    std::uint64_t frequency;  ///< hertz, of the counter
    std::uint32_t irq;        ///< number at the interrupt controller
};

template <ArmGenericTimerConfig config>
struct ArmGenericTimer {
    static constexpr std::uint64_t frequency = config.frequency;
    static constexpr std::uint32_t irq = config.irq;

    /// Turns the timer on, without a deadline.
    static void init() noexcept
    {
        set_deadline(~std::uint64_t{0});
        asm volatile("msr cntv_ctl_el0, %0\n\tisb" : : "r"(control_enable) : "memory");
    }

    /// The frequency that firmware has told the CPU; 0 if it has not.
    static std::uint64_t reported_frequency() noexcept
    {
        std::uint64_t hertz;
        asm("mrs %0, cntfrq_el0" : "=r"(hertz));
        return hertz;
    }

    /// The CPU may read the counter earlier than the program says: before instructions in front of the reading have
    /// finished. On one CPU nobody can tell: readings of one register stay in order among themselves, and an interrupt
    /// synchronises the CPU before its handler reads. Between CPUs it would show: a time could be read before the
    /// message that asks for it has been. Hence the barrier there, and only there.
    static std::uint64_t now() noexcept
    {
        std::uint64_t ticks;
        if constexpr (config::smp) {
            asm volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(ticks) : : "memory");
        } else {
            asm volatile("mrs %0, cntvct_el0" : "=r"(ticks));
        }
        return ticks;
    }

    /// The timer asserts its interrupt as long as the counter is not below the deadline: one that is past is due at
    /// once, the largest one is never due, and a new one withdraws the old interrupt. No barrier: nothing that follows
    /// depends on the write, which is not speculative; returning from an interrupt and waiting for one synchronise.
    static void set_deadline(std::uint64_t ticks) noexcept
    {
        asm volatile("msr cntv_cval_el0, %0" : : "r"(ticks) : "memory");
    }

private:
    static constexpr std::uint64_t control_enable = 1;
};

}  // namespace pegplan::arch::devices
