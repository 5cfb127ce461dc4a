// The thread in which the functions of timers run, with TIMER_CALLBACKS_IN_THREAD.
#include "core/time/timer_thread.hpp"

#include <pegplan/config/time.hpp>
#include <pegplan/work_queue.hpp>

namespace pegplan::kernel {

namespace {

constinit WorkQueue queue{};

}  // namespace

WorkQueue& timer_work_queue() noexcept
{
    return queue;
}

void start_timer_thread() noexcept
{
    const Result<void> started = queue.start({
        .name = "timers",
        .priority = Priority{config::timer_thread_priority},
        .stack_size = config::timer_thread_stack_size,
    });
    invariant(started.has_value(), "the timer thread cannot be started: {}", started.has_value() ? Error{} : started.error());
}

}  // namespace pegplan::kernel
