// Who may use the floating-point unit.
//
// FP_EAGER: everybody, always. FP_NONE: nobody; a use is a fault. FP_LAZY: one context owns what is in the unit, and
// the unit is accessible exactly while the owner runs. Another context that uses it traps: the owner's registers go to
// the owner's area, the newcomer's come from its own, and the newcomer is the owner. Interrupt handlers and the
// kernel use the general registers only.
#pragma once

#include "arch/aarch64/context.hpp"

#include <cstdint>

extern "C" {
void pegplan_aarch64_fp_save(pegplan::arch::aarch64::FpState* state) noexcept;
void pegplan_aarch64_fp_restore(const pegplan::arch::aarch64::FpState* state) noexcept;
}

namespace pegplan::arch::aarch64 {

/// Lets this CPU use the unit, or makes uses trap.
inline void set_fp_access(bool accessible) noexcept
{
    constexpr std::uint64_t fp_accessible = std::uint64_t{3} << 20;  // CPACR_EL1.FPEN; SVE and SME stay trapped
    asm volatile("msr cpacr_el1, %0\n\tisb" : : "r"(accessible ? fp_accessible : 0) : "memory");
}

/// FP_LAZY: whose registers the unit of a CPU holds.
class LazyUnit {
public:
    /// `from` runs, and `to` will. Masked. No access changes hands between contexts that do not own the unit.
    void before_switch(const Context& from, Context& to) noexcept
    {
        running_ = &to;
        if (owner_ != nullptr) {
            if (owner_ == &from) {
                set_fp_access(false);
            } else if (owner_ == &to) {
                set_fp_access(true);
            }
        }
    }

    /// The running context has used the unit without access. Returns whether it may go on. Masked.
    bool take_over() noexcept;

    /// `context` is never resumed again. Masked. The unit is accessible only while its owner runs, so access ends with
    /// ownership.
    void forget(const Context& context) noexcept
    {
        if (owner_ == &context) {
            owner_ = nullptr;
            set_fp_access(false);
        }
    }

private:
    Context* owner_ = nullptr;
    Context* running_ = nullptr;
};

extern constinit LazyUnit uniprocessor_lazy_unit;

/// The unit of the CPU that executes the call.
[[gnu::always_inline]] inline LazyUnit& lazy_unit() noexcept
{
    return uniprocessor_lazy_unit;
}

}  // namespace pegplan::arch::aarch64
