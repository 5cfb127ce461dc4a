// Interrupts between CPUs.
#include "core/smp/ipi.hpp"

#include "core/kernel_entry.hpp"
#include "core/sched/scheduler.hpp"

namespace pegplan::kernel {

void notify(Cpu& cpu) noexcept
{
    if (cpu.sharing.ipi.raise()) {
        arch::Port::send_ipi(cpu.sharing.index);
    }
}

void request_slice(Cpu& cpu) noexcept
{
    cpu.sharing.begin_slice = true;
    notify(cpu);
}

void ipi_interrupt() noexcept
{
    Cpu& cpu = this_cpu();
    if (cpu.sharing.ipi.accept()) {
        const MaskedDomainSection section;
        if (std::exchange(cpu.sharing.begin_slice, false) && config::time_slicing && cpu.current->holds == hold_none &&
            RunQueue::must_share(*cpu.current)) {
            begin_slice(cpu, *cpu.current);
        }
        arm_policy(cpu);
        // One that leaves may have put a deadline here (core/smp/cpu_control.cpp).
        require_interrupt(cpu, cpu.timers.next_deadline());
    }
}

}  // namespace pegplan::kernel
