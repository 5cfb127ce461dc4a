// Semihosting of RISC-V: calls to the debugger or emulator that the hart runs under. Used to end the machine with an
// exit code.
//
// Source: RISC-V Semihosting, version 0.2, and Arm's Semihosting for AArch32 and AArch64, whose operations it takes
// over.
#pragma once

#include "arch/devices/semihosting.hpp"

#include <cstdint>

namespace pegplan::arch::devices {

struct RiscvSemihostingConfig {};

template <RiscvSemihostingConfig config>
struct RiscvSemihosting {
    /// Ends the machine. Without a debugger or emulator that listens, the breakpoint is a fault.
    [[noreturn]] static void exit(int code) noexcept
    {
        const SemihostingExit arguments{.code = static_cast<std::uint64_t>(code)};
        register std::uint64_t operation asm("a0") = semihosting_exit;
        register const void* block asm("a1") = &arguments;
        // These three, none compressed and all in one page, are what makes a breakpoint a call.
        asm volatile(
            ".option push\n\t"
            ".option norvc\n\t"
            ".balign 16\n\t"
            "slli zero, zero, 0x1f\n\t"
            "ebreak\n\t"
            "srai zero, zero, 7\n\t"
            ".option pop"
            : "+r"(operation)
            : "r"(block)
            : "memory");
        for (;;) {
            asm volatile("wfi");
        }
    }
};

}  // namespace pegplan::arch::devices
