// What semihosting calls are made of, on any architecture.
//
// Source: Arm, Semihosting for AArch32 and AArch64, whose operations RISC-V's semihosting takes over.
#pragma once

#include <cstdint>

namespace pegplan::arch::devices {

/// SYS_EXIT_EXTENDED: the program ends. Its argument is the address of a SemihostingExit.
inline constexpr std::uint64_t semihosting_exit = 0x20;

struct SemihostingExit {
    static constexpr std::uint64_t application_exit = 0x20026;

    std::uint64_t reason = application_exit;
    std::uint64_t code;
};

}  // namespace pegplan::arch::devices
