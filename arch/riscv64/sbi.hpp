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

}  // namespace pegplan::arch::riscv64
