// Semihosting of RISC-V: calls to the debugger or emulator that the hart runs under. Used to end the machine with an
// exit code.
//
// Source: RISC-V Semihosting, version 0.2, and Arm's Semihosting for AArch32 and AArch64, whose operations it takes
// over.
#pragma once

#include <cstdint>

namespace pegplan::arch::devices {

struct RiscvSemihostingConfig {};

template <RiscvSemihostingConfig config>
struct RiscvSemihosting {
    /// Ends the machine. Without a debugger or emulator that listens, the breakpoint is a fault.
    [[noreturn]] static void exit(int code) noexcept
    {
        const struct {
            std::uint64_t reason;
            std::uint64_t code;
        } arguments{reason_application_exit, static_cast<std::uint64_t>(code)};
        register std::uint64_t operation asm("a0") = operation_exit_extended;
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

private:
    static constexpr std::uint64_t operation_exit_extended = 0x20;
    static constexpr std::uint64_t reason_application_exit = 0x20026;
};

}  // namespace pegplan::arch::devices
