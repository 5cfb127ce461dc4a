// Interrupts between CPUs: what one asks of another.
//
// The hardware has one kind; what is meant stands in the other CPU's record: that it must choose anew who runs
// (`reschedule`), or that its running thread must share (`begin_slice`), both written under the lock of its domain.
#pragma once

#include "core/sched/cpu.hpp"

namespace pegplan::kernel {

/// Interrupts a CPU that is not the calling one, unless an interrupt is on its way already. Its domain is locked.
///
/// Memory orders: what it shall find is written before, under the domain's lock, which its handler takes after it has cleared
/// `notified`. The exchange here and the one there are acquire and release: if this one finds the flag set, the handler
/// that will clear it takes the lock later than this critical section, so it sees all of it.
void notify(Cpu& cpu) noexcept;

/// Tells a CPU that an equal of its running thread, which was alone, is ready. Its domain is locked.
void request_slice(Cpu& cpu) noexcept;

}  // namespace pegplan::kernel
