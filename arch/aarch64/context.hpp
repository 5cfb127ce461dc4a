// A context: what the port keeps of a thread that is not running, outside of its stack.
#pragma once

#include "arch/aarch64/frames.hpp"
#include "arch/thread_locals.hpp"

#include <pegplan/config/arch.hpp>

#include <cstddef>
#include <cstdint>

namespace pegplan::arch::aarch64 {

/// What the menu's choice for floating point adds to a context. FP_NONE: nothing.
template <bool eager, bool lazy>
struct FloatingPointPart {
    using Frame = SwitchFrame;

    /// Prepares the part, and returns the top of the stack that is left.
    std::byte* prepare(std::byte* stack_top) noexcept { return stack_top; }

    /// Where the unit's registers go; null if the context must not use the unit.
    [[nodiscard]] FpState* area() const noexcept { return nullptr; }
};

/// FP_EAGER: one more register that calls preserve.
template <>
struct FloatingPointPart<true, false> {
    using Frame = FpSwitchFrame;

    std::uint64_t control;  ///< FPCR

    std::byte* prepare(std::byte* stack_top) noexcept
    {
        control = 0;
        return stack_top;
    }

    [[nodiscard]] FpState* area() const noexcept { return nullptr; }
};

/// FP_LAZY: a place for all registers, at the top of the stack. The boot context has none.
template <>
struct FloatingPointPart<false, true> {
    using Frame = SwitchFrame;

    FpState* state;

    std::byte* prepare(std::byte* stack_top) noexcept
    {
        stack_top -= sizeof(FpState);
        state = reinterpret_cast<FpState*>(stack_top);
        *state = {};
        return stack_top;
    }

    [[nodiscard]] FpState* area() const noexcept { return state; }
};

/// Assembly gets the address of `stack_pointer`, and goes by the offsets in "arch/aarch64/frames.h" from there.
struct Context {
    using FloatingPoint = FloatingPointPart<config::fp_eager, config::fp_lazy>;

    [[no_unique_address]] ThreadPointer thread_pointer;  ///< TPIDR_EL0: two words before the thread_local objects
    std::uintptr_t stack_pointer;  ///< a frame lies there: FloatingPoint::Frame
    [[no_unique_address]] FloatingPoint floating_point;
};
static_assert(!config::thread_local_storage ||
              offsetof(Context, thread_pointer) == offsetof(Context, stack_pointer) + CONTEXT_THREAD_POINTER);
static_assert(config::fp_none ||
              offsetof(Context, floating_point) == offsetof(Context, stack_pointer) + CONTEXT_FLOATING_POINT);

}  // namespace pegplan::arch::aarch64
