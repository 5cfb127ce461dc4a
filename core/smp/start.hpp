// The way of the other CPUs into the kernel.
#pragma once

#include "core/sched/cpu.hpp"

namespace pegplan::kernel {

/// Starts all CPUs but the first, one after the other, and returns when they schedule. Panics when one does not come. By
/// the first CPU, before the first thread.
void start_other_cpus() noexcept;

/// Starts a CPU that has left (core/smp/cpu_control.hpp), and returns when it schedules. Returns false if the hardware or firmware refuses;
/// panics when it does not come. From threads.
bool start_again(Cpu& cpu) noexcept;

}  // namespace pegplan::kernel
