// The floating-point unit. The kernel's own code never uses it. What a context keeps depends on the menu:
//   eager   a voluntary switch keeps what the calling convention preserves (fs0 to fs11, and fcsr, which belongs to
//           the thread); a preempted thread has the whole state saved on its stack;
//   lazy    the unit is off (status, field FS) in all threads but its owner, the one that used it last; the first use by another traps,
//           and the state changes hands (fp_lazy.cpp);
//   none    the unit is always off.
#pragma once

#include "arch/riscv64/mode.hpp"

#include <pegplan/config/arch.hpp>

#include <cstdint>
#include <type_traits>

namespace pegplan::arch::riscv64 {

/// All registers of the unit, as fp.S writes them.
struct FpState {
    std::uint64_t registers[32];
    std::uint64_t fcsr;
};

extern "C" {
void pegplan_fp_save(FpState* state) noexcept;
void pegplan_fp_restore(const FpState* state) noexcept;
}

[[gnu::always_inline]] inline void fp_on() noexcept
{
    Status::set(status_fs_initial);
}

[[gnu::always_inline]] inline void fp_off() noexcept
{
    Status::clear(status_fs);
}

/// A context's part with lazy switching. All calls are masked.
///
/// Invariant: the unit is on exactly while the running context is its owner. `switch_to` keeps it, `take` changes the
/// owner, and a context that never runs again gives up ownership (`release`) before its stack, where its state would
/// be saved, is used for something else.
class LazyFpContext {
public:
    /// Takes room for the state from the top of the stack; returns the new top.
    std::uintptr_t init(std::uintptr_t stack_top) noexcept;

    /// The context is about to run.
    [[gnu::always_inline]] void switch_to() noexcept
    {
        running = this;
        if (this == owner) {
            fp_on();
        } else {
            fp_off();
        }
    }

    /// The running context has trapped because the unit was off. Gives it the unit; returns false if it may not have
    /// it.
    static bool take() noexcept;

    void release() noexcept
    {
        if (this == owner) {
            owner = nullptr;
            fp_off();
        }
    }

private:
    static constinit LazyFpContext* running;  // null until the first switch
    static constinit LazyFpContext* owner;    // of the one CPU's unit, or null

    FpState* saved_;  // at the top of the thread's stack; null for the boot context, which may not compute
};

/// The same where the unit is on for everybody, or off.
class NoFpContext {
public:
    std::uintptr_t init(std::uintptr_t stack_top) noexcept { return stack_top; }
    void switch_to() noexcept {}
    static bool take() noexcept { return false; }
    void release() noexcept {}
};

using FpContext = std::conditional_t<config::fp_lazy, LazyFpContext, NoFpContext>;

}  // namespace pegplan::arch::riscv64
