// Calls of the supervisor binary interface: what the firmware in M-mode does for the kernel.
#pragma once

#include <cstdint>

namespace pegplan::arch::riscv64 {

/// Sets the timer of this hart (extension TIME, function 0). The interrupt that is pending goes away.
inline void sbi_set_timer(std::uint64_t time) noexcept
{
    constexpr std::uintptr_t extension_time = 0x54494d45;
    register std::uintptr_t a0 asm("a0") = time;
    register std::uintptr_t a1 asm("a1");
    register std::uintptr_t a6 asm("a6") = 0;
    register std::uintptr_t a7 asm("a7") = extension_time;
    asm volatile("ecall" : "+r"(a0), "=r"(a1) : "r"(a6), "r"(a7) : "memory");
}

/// What a call answers: an error, 0 if there is none, and a value.
struct SbiResult {
    std::intptr_t error;
    std::uintptr_t value;
};

/// Function `function` of an extension. A call orders nothing against memory by itself.
inline SbiResult sbi_call(std::uintptr_t extension, std::uintptr_t function, std::uintptr_t argument0 = 0,
                          std::uintptr_t argument1 = 0, std::uintptr_t argument2 = 0) noexcept
{
    register std::uintptr_t a0 asm("a0") = argument0;
    register std::uintptr_t a1 asm("a1") = argument1;
    register std::uintptr_t a2 asm("a2") = argument2;
    register std::uintptr_t a6 asm("a6") = function;
    register std::uintptr_t a7 asm("a7") = extension;
    asm volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a6), "r"(a7) : "memory");
    return {static_cast<std::intptr_t>(a0), a1};
}

// Extensions, by their names in ASCII where they have one.
inline constexpr std::uintptr_t sbi_base = 0x10;
inline constexpr std::uintptr_t sbi_ipi = 0x735049;  // "sPI"
inline constexpr std::uintptr_t sbi_hsm = 0x48534d;  // "HSM"

/// As the base of a mask of harts: all harts that run, whatever the mask.
inline constexpr std::uintptr_t sbi_all_harts = ~std::uintptr_t{0};

/// Whether the firmware has an extension.
inline bool sbi_has(std::uintptr_t extension) noexcept
{
    constexpr std::uintptr_t probe_extension = 3;
    const SbiResult result = sbi_call(sbi_base, probe_extension, extension);
    return result.error == 0 && result.value != 0;
}

/// A software interrupt on each hart `base` + i for which bit i of `mask` is set.
inline void sbi_send_ipi(std::uintptr_t mask, std::uintptr_t base) noexcept
{
    static_cast<void>(sbi_call(sbi_ipi, 0, mask, base));
}

/// Starts a hart that is stopped: it enters `entry` in S-mode, masked, without address translation, with its number in a0
/// and `argument` in a1.
inline bool sbi_hart_start(std::uintptr_t hart, std::uintptr_t entry, std::uintptr_t argument) noexcept
{
    return sbi_call(sbi_hsm, 0, hart, entry, argument).error == 0;
}

/// Stops the calling hart. Returns if the firmware refuses.
inline void sbi_hart_stop() noexcept
{
    static_cast<void>(sbi_call(sbi_hsm, 1));
}

enum class SbiHartState : std::uintptr_t {
    started = 0,
    stopped = 1,
    start_pending = 2,
    stop_pending = 3,
};

/// How a hart is; an error if there is none of this number.
inline SbiResult sbi_hart_state(std::uintptr_t hart) noexcept
{
    return sbi_call(sbi_hsm, 2, hart);
}

}  // namespace pegplan::arch::riscv64
