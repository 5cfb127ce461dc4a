// Lazy switching of the floating-point unit: when it changes hands.
#include "arch/riscv64/fp.hpp"

namespace pegplan::arch::riscv64 {

constinit LazyFpContext* LazyFpContext::running = nullptr;
constinit LazyFpContext* LazyFpContext::owner = nullptr;

std::uintptr_t LazyFpContext::init(std::uintptr_t stack_top) noexcept
{
    constexpr std::uintptr_t stack_alignment = 16;
    const std::uintptr_t place = (stack_top - sizeof(FpState)) & ~(stack_alignment - 1);
    saved_ = reinterpret_cast<FpState*>(place);
    *saved_ = {};
    return place;
}

bool LazyFpContext::take() noexcept
{
    if (running == nullptr || running->saved_ == nullptr) {
        return false;
    }
    fp_on();
    if (owner != nullptr) {
        pegplan_fp_save(owner->saved_);
    }
    pegplan_fp_restore(running->saved_);
    owner = running;
    return true;
}

}  // namespace pegplan::arch::riscv64
