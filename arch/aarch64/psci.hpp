// PSCI, the firmware interface by which CPUs are turned on and off, in its versions from 0.2 on.
//
// A kernel that was entered at EL2 has nobody but the secure world above it, which it reaches by `smc`; one that was
// entered at EL1 has a hypervisor above it (or an emulator in the place of one), which it reaches by `hvc`. One that was entered
// at EL3 has nobody above it, who could turn CPUs on.
//
// Source: Arm DEN 0022, Power State Coordination Interface; Arm DEN 0028, SMC Calling Convention.
#pragma once

#include <cstdint>

namespace pegplan::arch::aarch64::psci {

enum class Conduit : std::uint8_t { hvc, smc, none };

/// Negative results are errors.
inline constexpr std::int32_t success = 0;
inline constexpr std::int32_t not_supported = -1;

/// What affinity_info says of a CPU.
inline constexpr std::int32_t affinity_on = 0;
inline constexpr std::int32_t affinity_off = 1;

/// One call, which firmware answers. It may change the registers x0 to x17.
inline std::int32_t call(Conduit conduit, std::uint32_t function, std::uint64_t first, std::uint64_t second,
                         std::uint64_t third) noexcept
{
    if (conduit == Conduit::none) {
        return not_supported;
    }
    register std::uint64_t x0 asm("x0") = function;
    register std::uint64_t x1 asm("x1") = first;
    register std::uint64_t x2 asm("x2") = second;
    register std::uint64_t x3 asm("x3") = third;
    if (conduit == Conduit::smc) {
        asm volatile("smc #0"
                     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
                     :
                     : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17",
                       "memory");
    } else {
        asm volatile("hvc #0"
                     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
                     :
                     : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17",
                       "memory");
    }
    return static_cast<std::int32_t>(x0);
}

/// CPU_ON: the CPU with this affinity begins at `entry`, a physical address, with `argument` in x0. Returns before that.
inline std::int32_t cpu_on(Conduit conduit, std::uint64_t affinity, std::uintptr_t entry,
                           std::uintptr_t argument) noexcept
{
    constexpr std::uint32_t function = 0xc400'0003;
    return call(conduit, function, affinity, entry, argument);
}

/// CPU_OFF: turns the calling CPU off; returns if firmware refuses. Masked.
inline std::int32_t cpu_off(Conduit conduit) noexcept
{
    constexpr std::uint32_t function = 0x8400'0002;
    return call(conduit, function, 0, 0, 0);
}

/// AFFINITY_INFO: whether the CPU with this affinity is on.
inline std::int32_t affinity_info(Conduit conduit, std::uint64_t affinity) noexcept
{
    constexpr std::uint32_t function = 0xc400'0004;
    constexpr std::uint64_t lowest_level = 0;
    return call(conduit, function, affinity, lowest_level, 0);
}

}  // namespace pegplan::arch::aarch64::psci
