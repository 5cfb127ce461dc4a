// The trap by which the floating-point registers change hands.
#include "arch/x86_64/fp_lazy.hpp"

/// Entered from trap.S when a thread uses the unit that is not its owner. Masked.
extern "C" void pegplan_device_not_available() noexcept
{
    using namespace pegplan::arch::x86_64;

    LazyFpUnit& unit = this_cpu_fp_unit();
    allow_fp();
    if (unit.owner != nullptr) {
        save_fp_state(*unit.owner->saved);
    }
    restore_fp_state(*unit.running->saved);
    unit.owner = unit.running;
}
