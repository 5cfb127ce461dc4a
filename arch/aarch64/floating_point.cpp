// The lazy hand-over of the floating-point unit (FP_LAZY).
#include "arch/aarch64/floating_point.hpp"

namespace pegplan::arch::aarch64 {

constinit LazyUnit uniprocessor_lazy_unit;

bool LazyUnit::take_over() noexcept
{
    if (running_ == nullptr || running_->floating_point.area() == nullptr) {
        return false;
    }
    set_fp_access(true);
    if (owner_ != running_) {
        if (owner_ != nullptr) {
            pegplan_aarch64_fp_save(owner_->floating_point.area());
        }
        pegplan_aarch64_fp_restore(running_->floating_point.area());
        owner_ = running_;
    }
    return true;
}

}  // namespace pegplan::arch::aarch64

// Entered from the vector of synchronous exceptions, masked, on the stack of the thread that trapped. Returns whether
// the instruction is to be tried again.
extern "C" bool pegplan_aarch64_fp_trap() noexcept
{
    return pegplan::arch::aarch64::lazy_unit().take_over();
}
