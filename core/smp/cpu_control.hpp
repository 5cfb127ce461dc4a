// CPUs leave and come back at run time: the part of the idle thread.
#pragma once

#include "core/sched/cpu.hpp"

namespace pegplan::kernel {

/// By the idle thread, masked, with nothing locked: if somebody stops the calling CPU, gives away what it has left, and leaves. Then it does
/// not return; the CPU begins anew when it is started.
void leave_if_told(Cpu& cpu) noexcept;

/// Puts an entry into the timer queue of a CPU that is not the calling one. Its domain is locked.
void insert_elsewhere(Cpu& cpu, Timeout& timeout, arch::Ticks deadline) noexcept;

}  // namespace pegplan::kernel
