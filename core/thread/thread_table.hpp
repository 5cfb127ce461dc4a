// The records of all threads: MAX_THREADS of them, in static storage, so that a stale handle never points outside.
#pragma once

#include "core/thread/thread_control.hpp"

namespace pegplan::kernel {

/// A record with a new id, blocked, or null when all are taken. Masked, with nothing locked.
[[nodiscard]] ThreadControl* allocate_thread() noexcept;

/// Makes the record free; every handle to it is stale from now on. Masked, with nothing locked.
void free_thread(ThreadControl& thread) noexcept;

/// Calls `visit` for each record that has ever been used; that thread may be gone, or go at any moment. With nothing locked.
void for_each_record(void (*visit)(ThreadControl& thread)) noexcept;

}  // namespace pegplan::kernel
