// The records of all threads: MAX_THREADS of them, in static storage, so that a stale handle never points outside.
#pragma once

#include "core/thread/thread_control.hpp"

namespace pegplan::kernel {

/// A record with a new id, or null when all are taken. The scheduler lock is held.
[[nodiscard]] ThreadControl* allocate_thread() noexcept;

/// Makes the record free; every handle to it is stale from now on. The scheduler lock is held.
void free_thread(ThreadControl& thread) noexcept;

/// Calls `visit(thread)` for each thread that exists. The scheduler lock is held, or the machine is at its end.
void for_each_thread(void (*visit)(const ThreadControl& thread)) noexcept;

}  // namespace pegplan::kernel
