// Threads come and go: what spawning, joining and the kernel's own start share.
#pragma once

#include "core/sched/cpu.hpp"

#include <pegplan/cpu_set.hpp>
#include <pegplan/result.hpp>

namespace pegplan::kernel {

/// Frees the records and stacks of detached threads that have finished on a CPU. Masked, with nothing locked.
void release_finished(Cpu& cpu) noexcept;

/// Whether a thread could have this set: errors no_such_cpu, empty_affinity.
[[nodiscard]] Result<void> check_affinity(const CpuSet& affinity) noexcept;

}  // namespace pegplan::kernel
