// The number of the CPU that executes: for what the port itself keeps once for each.
#pragma once

#include <pegplan/config/smp.hpp>

#include <cstdint>

namespace pegplan::arch::aarch64 {

/// From 0, the CPU that boots, to config::cpus - 1. Where there are several it is in TPIDRRO_EL0, which without user
/// mode belongs to nobody else but FP_LAZY, and that is for one CPU.
[[gnu::always_inline]] inline unsigned cpu_number() noexcept
{
    if constexpr (config::smp) {
        std::uint64_t number;
        asm volatile("mrs %0, tpidrro_el0" : "=r"(number));
        return static_cast<unsigned>(number);
    }
    return 0;
}

/// Of the CPU that boots; others are told by "arch/aarch64/secondary.S".
inline void set_cpu_number(unsigned number) noexcept
{
    if constexpr (config::smp) {
        asm volatile("msr tpidrro_el0, %0" : : "r"(std::uint64_t{number}));
    }
}

/// The affinity fields of MPIDR_EL1, without the bits between and above them: what the hardware calls this CPU.
inline std::uint64_t own_affinity() noexcept
{
    constexpr std::uint64_t affinity_mask = 0xff'00ff'ffff;
    std::uint64_t mpidr;
    asm("mrs %0, mpidr_el1" : "=r"(mpidr));
    return mpidr & affinity_mask;
}

}  // namespace pegplan::arch::aarch64
