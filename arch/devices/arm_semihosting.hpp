// Semihosting: calls to the debugger or emulator that the CPU runs under. Used to end the machine with an exit code.
#pragma once

#include "arch/devices/semihosting.hpp"

#include <cstdint>

namespace pegplan::arch::devices {

struct ArmSemihostingConfig {};

template <ArmSemihostingConfig config>
struct ArmSemihosting {
    /// Ends the machine. Without a debugger or emulator that listens, the instruction is undefined and faults.
    [[noreturn]] static void exit(int code) noexcept
    {
        const SemihostingExit arguments{.code = static_cast<std::uint64_t>(code)};
        register std::uint64_t operation asm("x0") = semihosting_exit;
        register const void* block asm("x1") = &arguments;
        asm volatile("hlt #0xf000" : "+r"(operation) : "r"(block) : "memory");
        for (;;) {
            asm volatile("wfi");
        }
    }
};

}  // namespace pegplan::arch::devices
