// What assembly saves, as C++ sees it. The numbers that the assembly uses are in "arch/aarch64/frames.h".
#pragma once

#include "arch/aarch64/frames.h"

#include <cstddef>
#include <cstdint>

namespace pegplan::arch::aarch64 {

/// On the stack of a thread that is not running: what a call preserves.
struct SwitchFrame {
    std::uint64_t x19_to_x28[10];
    std::uint64_t frame_pointer;
    std::uint64_t link;  ///< where the thread goes on
};
static_assert(offsetof(SwitchFrame, x19_to_x28) == SWITCH_FRAME_X19);
static_assert(offsetof(SwitchFrame, frame_pointer) == SWITCH_FRAME_X29);
static_assert(sizeof(SwitchFrame) == SWITCH_FRAME_SIZE);

/// The same with the halves of v8 to v15 that a call preserves (FP_EAGER).
struct FpSwitchFrame {
    SwitchFrame integers;
    std::uint64_t d8_to_d15[8];
};
static_assert(offsetof(FpSwitchFrame, d8_to_d15) == FP_SWITCH_FRAME_D8);
static_assert(sizeof(FpSwitchFrame) == FP_SWITCH_FRAME_SIZE);

/// All of the floating-point unit.
struct alignas(16) FpState {
    std::uint64_t status;   ///< FPSR
    std::uint64_t control;  ///< FPCR
    std::uint64_t v[32][2];
};
static_assert(offsetof(FpState, v) == FP_STATE_V0);
static_assert(offsetof(FpState, status) == FP_STATE_FPSR);
static_assert(offsetof(FpState, control) == FP_STATE_FPCR);
static_assert(sizeof(FpState) == FP_STATE_SIZE);

/// All of the integer state at a fault, and why it happened.
struct TrapFrame {
    std::uint64_t x[31];
    std::uint64_t stack_pointer;
    std::uint64_t program_counter;  ///< ELR_EL1
    std::uint64_t status;           ///< SPSR_EL1
    std::uint64_t syndrome;         ///< ESR_EL1
    std::uint64_t address;          ///< FAR_EL1
};
static_assert(offsetof(TrapFrame, x) == TRAP_FRAME_X0);
static_assert(offsetof(TrapFrame, x) + 30 * sizeof(std::uint64_t) == TRAP_FRAME_X30);
static_assert(offsetof(TrapFrame, stack_pointer) == TRAP_FRAME_SP);
static_assert(offsetof(TrapFrame, program_counter) == TRAP_FRAME_ELR);
static_assert(offsetof(TrapFrame, status) == TRAP_FRAME_SPSR);
static_assert(offsetof(TrapFrame, syndrome) == TRAP_FRAME_ESR);
static_assert(offsetof(TrapFrame, address) == TRAP_FRAME_FAR);
static_assert(sizeof(TrapFrame) == TRAP_FRAME_SIZE);

}  // namespace pegplan::arch::aarch64
