// Interrupts between CPUs: what one asks of another.
//
// The hardware has one kind; what is meant stands in the other CPU's record: that it must choose anew who runs
// (`reschedule`, `begin_slice`, written under the kernel lock), or that it must call a function.
#pragma once

#include "core/sched/cpu.hpp"

namespace pegplan::kernel {

/// Interrupts a CPU that is not the calling one, unless an interrupt is on its way already. The kernel lock is held.
///
/// Memory orders: what it shall find is written before, under the kernel lock, which its handler takes after it has cleared
/// `notified`. The exchange here and the one there are acquire and release: if this one finds the flag set, the handler
/// that will clear it takes the lock later than this critical section, so it sees all of it.
void notify(Cpu& cpu) noexcept;

/// Tells a CPU that an equal of its running thread, which was alone, is ready. The kernel lock is held.
void request_slice(Cpu& cpu) noexcept;

/// Runs `function(argument)` on all other CPUs that are online, in an ISR, and returns when they have done so. From threads and
/// ISRs, with the kernel lock held or without; not with a SpinLock held. `function` takes no locks. Nothing on one CPU.
void call_on_others(void (*function)(void*), void* argument) noexcept;

/// Does what a call of another CPU wants, if there is one. Masked: in an ISR, and while waiting for others with interrupts
/// masked.
void answer_call(Cpu& cpu) noexcept;

}  // namespace pegplan::kernel
