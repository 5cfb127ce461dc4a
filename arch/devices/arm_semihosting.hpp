// Semihosting: calls to the debugger or emulator that the CPU runs under. Used to end the machine with an exit code.
#pragma once

#include <cstdint>

namespace pegplan::arch::devices {

struct ArmSemihostingConfig {};

template <ArmSemihostingConfig config>
struct ArmSemihosting {
    /// Ends the machine. Without a debugger or emulator that listens, the instruction is undefined and faults.
    [[noreturn]] static void exit(int code) noexcept
    {
        const struct {
            std::uint64_t reason;
            std::uint64_t code;
        } arguments{reason_application_exit, static_cast<std::uint64_t>(code)};
        register std::uint64_t operation asm("x0") = operation_exit_extended;
        register const void* block asm("x1") = &arguments;
        asm volatile("hlt #0xf000" : "+r"(operation) : "r"(block) : "memory");
        for (;;) {
            asm volatile("wfi");
        }
    }

private:
    static constexpr std::uint64_t operation_exit_extended = 0x20;
    static constexpr std::uint64_t reason_application_exit = 0x20026;
};

}  // namespace pegplan::arch::devices
