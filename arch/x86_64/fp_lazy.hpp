// Lazy floating point: who owns the unit of a CPU.
//
// Invariant: the unit traps (CR0.TS is set) unless the running context is the owner. Before the first switch nobody
// runs and nobody owns it, so that code may use it too; what that leaves in the registers is dropped.
#pragma once

#include "arch/x86_64/cpu.hpp"
#include "arch/x86_64/fp.hpp"

namespace pegplan::arch::x86_64 {

/// The unit of one CPU.
struct LazyFpUnit {
    LazyFpContext* owner = nullptr;  ///< whose state is in the registers; null if nobody's
    LazyFpContext* running = nullptr;
};

inline constinit LazyFpUnit boot_cpu_fp_unit{};

inline LazyFpUnit& this_cpu_fp_unit() noexcept
{
    return boot_cpu_fp_unit;
}

inline void allow_fp() noexcept
{
    asm volatile("clts" : : : "memory");
}

inline void trap_fp() noexcept
{
    write_cr0(read_cr0() | cr0_task_switched);
}

/// Makes room for all of the state, and a state that a thread may start with; the data registers hold then whatever was
/// in memory.
inline std::byte* init_fp(LazyFpContext& context, std::byte* top_of_stack) noexcept
{
    auto* const state = reinterpret_cast<FpState*>(top_of_stack - sizeof(FpState));
    state->x87_control = default_x87_control;
    state->x87_status = 0;
    state->x87_tags = 0;
    state->x87_opcode = 0;
    state->x87_instruction = 0;
    state->x87_operand = 0;
    state->mxcsr = default_mxcsr;
    context.saved = state;
    return reinterpret_cast<std::byte*>(state);
}

/// Keeps the invariant over a switch. Threads that do not compute pass through without touching the unit.
inline void switch_fp(LazyFpContext&, LazyFpContext& to) noexcept
{
    LazyFpUnit& unit = this_cpu_fp_unit();
    if (unit.owner == unit.running) [[unlikely]] {
        trap_fp();
    } else if (unit.owner == &to) [[unlikely]] {
        allow_fp();
    }
    unit.running = &to;
}

/// Forgets an owner that is gone; its memory may become another's.
inline void release_fp(LazyFpContext& context) noexcept
{
    LazyFpUnit& unit = this_cpu_fp_unit();
    if (unit.owner == &context) {
        unit.owner = nullptr;
        trap_fp();
    }
}

}  // namespace pegplan::arch::x86_64
