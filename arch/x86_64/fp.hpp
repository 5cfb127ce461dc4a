// The floating-point and vector unit: x87, MMX and SSE. AVX and its kin stay switched off, so what FXSAVE saves is all
// the state that there is. The kernel's own code never uses the unit.
//
// What a context keeps of it depends on the menu:
//   eager   A voluntary switch happens at a function call, where the calling convention preserves two control words:
//           these lie in the context. A preempted thread has all of its state saved on its stack (interrupts.cpp).
//   lazy    The unit traps in all threads but its owner, the one that used it last. The trap (fp_lazy.cpp) saves the
//           owner's registers at the top of the owner's stack and loads those of the thread that wants them.
//   none    The unit traps in all threads.
#pragma once

#include <pegplan/config/arch.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace pegplan::arch::x86_64 {

/// The layout that FXSAVE gives its 512 bytes, as far as anybody here needs it.
struct alignas(16) FpState {
    std::uint16_t x87_control;
    std::uint16_t x87_status;
    std::uint16_t x87_tags;  ///< abridged: a bit for each register in use
    std::uint16_t x87_opcode;
    std::uint64_t x87_instruction;
    std::uint64_t x87_operand;
    std::uint32_t mxcsr;
    std::uint32_t mxcsr_mask;
    std::byte registers[480];
};
static_assert(sizeof(FpState) == 512);

/// What a function may expect of its caller: all exceptions masked, extended precision, rounding to nearest.
inline constexpr std::uint16_t default_x87_control = 0x037f;
inline constexpr std::uint32_t default_mxcsr = 0x1f80;

/// What a context keeps, by choice of the menu.
struct EagerFpContext {
    std::uint32_t mxcsr;
    std::uint16_t x87_control;
};
struct LazyFpContext {
    FpState* saved;  ///< at the top of the thread's stack
};
struct NoFpContext {};

using FpContext = std::conditional_t<config::fp_eager, EagerFpContext,
                                     std::conditional_t<config::fp_lazy, LazyFpContext, NoFpContext>>;

inline void save_fp_state(FpState& state) noexcept
{
    asm volatile("fxsave64 %0" : "=m"(state) : : "memory");
}

inline void restore_fp_state(const FpState& state) noexcept
{
    asm volatile("fxrstor64 %0" : : "m"(state) : "memory");
}

/// Empties the x87 register stack and forgets its pending exceptions, as a function's caller must have.
inline void reset_x87() noexcept
{
    asm volatile("fninit" : : : "memory");
}

/// The unit as a thread may start with it.
inline void reset_fp() noexcept
{
    reset_x87();
    asm volatile("ldmxcsr %0" : : "m"(default_mxcsr));
}

/// Prepares what a new context keeps. Returns where the thread's stack begins when what must lie on it has been put at
/// its top. `switch_fp` is that part of a switch which happens before the stacks change; `release_fp` follows the last
/// one. Masked.
inline std::byte* init_fp(EagerFpContext& context, std::byte* top_of_stack) noexcept
{
    context = {.mxcsr = default_mxcsr, .x87_control = default_x87_control};
    return top_of_stack;
}

inline void switch_fp(EagerFpContext& from, const EagerFpContext& to) noexcept
{
    asm volatile("stmxcsr %0" : "=m"(from.mxcsr));
    asm volatile("fnstcw %0" : "=m"(from.x87_control));
    asm volatile("ldmxcsr %0" : : "m"(to.mxcsr));
    asm volatile("fldcw %0" : : "m"(to.x87_control));
}

inline void release_fp(EagerFpContext&) noexcept {}

inline std::byte* init_fp(NoFpContext&, std::byte* top_of_stack) noexcept
{
    return top_of_stack;
}

inline void switch_fp(NoFpContext&, NoFpContext&) noexcept {}

inline void release_fp(NoFpContext&) noexcept {}

}  // namespace pegplan::arch::x86_64
