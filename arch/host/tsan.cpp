// Announces contexts to the thread sanitizer. Compiled with HOST_TSAN alone.
#include "arch/host/fibers.hpp"

#include <sanitizer/tsan_interface.h>

namespace pegplan::arch::host {

void TsanFiber::init(std::span<std::byte>) noexcept
{
    if (fiber_ != nullptr) {
        __tsan_destroy_fiber(fiber_);
    }
    fiber_ = __tsan_create_fiber(0);
}

[[gnu::no_sanitize_thread]] void TsanFiber::leave(TsanFiber& to) noexcept
{
    fiber_ = __tsan_get_current_fiber();  // of a CPU's first context it is not known yet, or not any more
    // Synchronising: what one thread has done on this CPU, the next one sees, as the CPU's masking promises.
    __tsan_switch_to_fiber(to.fiber_, 0);
}

}  // namespace pegplan::arch::host

extern "C" const char* __tsan_default_options()
{
    // The exit code is neither an application's usual one nor that of a panic.
    return "exitcode=254:halt_on_error=1:report_signal_unsafe=0";
}
