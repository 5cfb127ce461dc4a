// Interrupts: from the entry in trap.S to the kernel and, when another thread is due, to that one.
#include "arch/x86_64/cpu.hpp"
#include "arch/x86_64/devices.hpp"
#include "arch/x86_64/fp.hpp"
#include "core/kernel_entry.hpp"

#include <pegplan/config/arch.hpp>
#include <pegplan/config/smp.hpp>

namespace pegplan::arch::x86_64 {
namespace {

/// Lets the thread run that should. The interrupted one may be in the middle of any computation, so with eager
/// floating point all of its state is put aside here, on its stack. An interrupt that switches nothing never comes
/// here.
[[gnu::noinline]] void preempt() noexcept
{
    if constexpr (config::fp_eager) {
        FpState state;
        save_fp_state(state);
        reset_x87();
        kernel::preempt();
        restore_fp_state(state);
    } else {
        kernel::preempt();
    }
}

}  // namespace
}  // namespace pegplan::arch::x86_64

/// Entered from trap.S. Masked.
extern "C" void pegplan_timer_interrupt() noexcept
{
    using namespace pegplan;

    kernel::isr_enter();
    board::InterruptController::end_of_interrupt();
    kernel::timer_interrupt();
    if (kernel::isr_exit()) {
        arch::x86_64::preempt();
    }
}

/// Entered from trap.S, where there are several CPUs: another one has called Port::send_ipi. Masked.
extern "C" void pegplan_ipi_interrupt() noexcept
{
    using namespace pegplan;

    if constexpr (config::smp) {
        kernel::isr_enter();
        board::InterruptController::end_of_interrupt();  // first: what is asked from now on is another interrupt
        kernel::ipi_interrupt();
        if (kernel::isr_exit()) {
            arch::x86_64::preempt();
        }
    }
}

/// Entered from trap.S, where there are several CPUs: another one has changed the page tables. Masked.
extern "C" void pegplan_flush_interrupt() noexcept
{
    using namespace pegplan;

    board::InterruptController::end_of_interrupt();
    arch::x86_64::write_cr3(arch::x86_64::read_cr3());
}
