// What a CPU does before the first thread runs on it, and whenever none is ready.
#pragma once

#include "core/sched/cpu.hpp"

namespace pegplan::kernel {

/// Makes the records of all CPUs ready for use: the boot context is the first CPU's idle thread from now on. Before all else.
void init_cpus() noexcept;

/// From now on the calling CPU, whose record is `cpu`, has a tick, if it has one. Masked.
void start_cpu_schedule(Cpu& cpu) noexcept;

/// The idle thread's work. Masked all the time but for the moment in which the CPU waits.
[[noreturn]] void idle(Cpu& cpu) noexcept;

}  // namespace pegplan::kernel
