// Threads come and go: what spawning, joining and the kernel's own start share.
#pragma once

#include "core/sched/cpu.hpp"

namespace pegplan::kernel {

/// Frees the records and stacks of detached threads that have finished. The scheduler lock is held.
void release_finished(Cpu& cpu) noexcept;

}  // namespace pegplan::kernel
