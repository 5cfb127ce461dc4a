// Interrupts: from the entry in trap.S to the kernel and, when another thread is due, to that one.
#include "arch/riscv64/fp.hpp"
#include "arch/riscv64/mode.hpp"
#include "arch/riscv64/smp.hpp"
#include "core/kernel_entry.hpp"

#include <pegplan/config/arch.hpp>
#include <pegplan/config/smp.hpp>

namespace pegplan::arch::riscv64 {
namespace {

/// Lets the thread run that should. The interrupted one's place and mode are in the hart, where other threads'
/// interrupts overwrite them, and it may be in the middle of a computation: both are put aside on its stack.
[[gnu::noinline]] void preempt() noexcept
{
    const std::uintptr_t place = Mode::ExceptionPlace::read();
    const std::uintptr_t status = Status::read();
    if constexpr (config::fp_eager) {
        FpState state;
        pegplan_fp_save(&state);
        kernel::preempt();
        pegplan_fp_restore(&state);
        Status::write(status);
    } else {
        kernel::preempt();
        // With lazy switching whether the unit is on is the switch's business, not that of the moment of interruption.
        Status::write((status & ~status_fs) | (Status::read() & status_fs));
    }
    Mode::ExceptionPlace::write(place);
}

}  // namespace
}  // namespace pegplan::arch::riscv64

/// Entered from trap.S. Masked.
extern "C" void pegplan_interrupt() noexcept
{
    using namespace pegplan;
    using namespace pegplan::arch::riscv64;

    const bool from_cpu = config::smp && Mode::Cause::read() == cause_software_interrupt;
    if (from_cpu) {
        accept_ipi();
    }
    kernel::isr_enter();
    if (from_cpu) {
        kernel::ipi_interrupt();
    } else {
        kernel::timer_interrupt();
    }
    if (kernel::isr_exit()) {
        preempt();
    }
}
