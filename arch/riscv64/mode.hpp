// The privilege mode that the kernel and its threads run in: S-mode above a firmware that speaks SBI, or M-mode where
// there is none.
//
// Which one it is, the board's timer says: one whose deadlines a firmware sets is the supervisor's, and one whose
// registers the kernel writes itself interrupts M-mode (its driver's schema selects RISCV_MACHINE_MODE). All that the
// rest of the port knows of it are these types; assembly has PEGPLAN_PRIVILEGE, the level
// ("arch/riscv64/privilege.h").
#pragma once

#include "arch/riscv64/csr.hpp"

#include <pegplan/config/arch.hpp>

#include <cstdint>
#include <string_view>
#include <type_traits>

namespace pegplan::arch::riscv64 {

using Mode = std::conditional_t<config::riscv_machine_mode, MachineMode, SupervisorMode>;

using Status = Mode::Status;

/// What panics call the status register.
inline constexpr std::string_view status_name = config::riscv_machine_mode ? "mstatus" : "sstatus";

/// The cause of this mode's software interrupt.
inline constexpr std::uintptr_t cause_software_interrupt = cause_interrupt | Mode::software_interrupt;

}  // namespace pegplan::arch::riscv64
