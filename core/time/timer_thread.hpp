// The thread in which the functions of timers run, with TIMER_CALLBACKS_IN_THREAD.
#pragma once

namespace pegplan::kernel {

/// Once, by the main thread before main().
void start_timer_thread() noexcept;

}  // namespace pegplan::kernel
