// Interrupts between CPUs: what one asks of another.
//
// The hardware has one kind; what is meant stands in the other CPU's record: that it must choose anew who runs
// (`reschedule`), or that its running thread must share (`begin_slice`), both written under the lock of its domain.
#pragma once

#include "core/sched/cpu.hpp"

namespace pegplan::kernel {

/// Interrupts a CPU that is not the calling one, unless an interrupt is on its way already (core/smp/ipi_flag.hpp). What it shall find is written
/// before. Its domain is locked, unless it finds by itself what is meant.
void notify(Cpu& cpu) noexcept;

/// Tells a CPU that an equal of its running thread, which was alone, is ready. Its domain is locked.
void request_slice(Cpu& cpu) noexcept;

}  // namespace pegplan::kernel
