// The lock between CPUs: whoever is in a critical section of the scheduler or of a primitive holds it, interrupts masked.
//
// It is held from `lock_kernel` to `unlock_kernel` on one CPU, nests there, and goes over a switch: the thread that leaves a
// CPU took it, the one that goes on leaves it (a new one in pegplan_thread_begins). So nobody finds a thread that is neither
// running nor ready to be switched to. On one CPU there is nothing of it: the interrupt mask is enough.
//
// Invariants
//   I1  lock_depth > 0 on a CPU: that CPU holds the lock, and is masked. It alone reads and writes its lock_depth.
//   I2  A thread in a critical section that began on depth 0 is not suspended: another CPU may suspend the running thread
//       while that waits for the lock. Then it leaves the CPU first, and goes on when it has been resumed.
//
// Memory orders: TicketLock's (core/sync/ticket_lock.hpp) carry everything from one critical section to the next.
#pragma once

#include "core/sched/cpu.hpp"

namespace pegplan::kernel {

/// The outermost critical section begins: takes the lock. In a function of its own, since it spins.
void take_kernel_lock(Cpu& cpu) noexcept;
void give_kernel_lock() noexcept;

/// Begins a critical section. Masked. (A template, as others with a part for several CPUs: on one that part is not even checked.)
template <class C = Cpu>
[[gnu::always_inline]] inline void lock_kernel() noexcept
{
    if constexpr (config::smp) {
        C& cpu = this_cpu();
        if (cpu.sharing.lock_depth == 0) {
            take_kernel_lock(cpu);
        } else {
            ++cpu.sharing.lock_depth;
        }
    }
}

/// Ends it. Masked.
template <class C = Cpu>
[[gnu::always_inline]] inline void unlock_kernel() noexcept
{
    if constexpr (config::smp) {
        C& cpu = this_cpu();
        if (--cpu.sharing.lock_depth == 0) {
            give_kernel_lock();
        }
    }
}

/// Holds the scheduler: neither an interrupt nor another CPU comes between. Nests.
class SchedulerLock {
public:
    [[gnu::always_inline]] SchedulerLock() noexcept : state_{arch::Port::irq_save()} { lock_kernel(); }
    [[gnu::always_inline]] ~SchedulerLock()
    {
        unlock_kernel();
        arch::Port::irq_restore(state_);
    }
    SchedulerLock(const SchedulerLock&) = delete;
    SchedulerLock& operator=(const SchedulerLock&) = delete;

private:
    arch::IrqState state_;
};

/// The kernel lock without the mask: where interrupts are masked anyway. Nests.
class MaskedSection {
public:
    MaskedSection() noexcept { lock_kernel(); }
    ~MaskedSection() { unlock_kernel(); }
    MaskedSection(const MaskedSection&) = delete;
    MaskedSection& operator=(const MaskedSection&) = delete;
};

/// Leaves the outermost critical section for a while, masked: for a call of the application's code.
class OutsideSection {
public:
    OutsideSection() noexcept { unlock_kernel(); }
    ~OutsideSection() { lock_kernel(); }
    OutsideSection(const OutsideSection&) = delete;
    OutsideSection& operator=(const OutsideSection&) = delete;
};

}  // namespace pegplan::kernel
