// The lock between CPUs.
#include "core/smp/kernel_lock.hpp"

#include "core/kernel_entry.hpp"
#include "core/sched/scheduler.hpp"
#include "core/sync/ticket_lock.hpp"

namespace pegplan::kernel {

namespace {

alignas(cache_line_size) constinit TicketLock<> kernel_lock;

}  // namespace

void take_kernel_lock(Cpu& cpu) noexcept
{
    kernel_lock.lock([] { arch::Port::relax(); });
    cpu.sharing.lock_depth = 1;
    if ((cpu.current->holds & hold_suspended) != 0 && !cpu.in_isr) [[unlikely]] {
        reschedule_now(cpu);  // returns when this thread has been resumed, in whatever place
    }
}

void give_kernel_lock() noexcept
{
    kernel_lock.unlock();
}

}  // namespace pegplan::kernel

extern "C" void pegplan_thread_begins() noexcept
{
    using namespace pegplan::kernel;
    Cpu& cpu = this_cpu();
    cpu.sharing.lock_depth = 1;
    settle_left(cpu);
    reschedule(cpu);  // settling may have readied somebody here
    unlock_kernel();
}
