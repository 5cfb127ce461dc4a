// What belongs to one CPU. Reached through `this_cpu()` alone, so that nothing else knows how many there are.
#pragma once

#include "core/base/ring.hpp"
#include "core/sched/policy.hpp"
#include "core/thread/thread_control.hpp"
#include "core/time/timer_queue.hpp"

namespace pegplan::kernel {

using RunQueue = sched::Policy::RunQueue<ThreadControl>;
static_assert(sched::SchedulerPolicy<sched::Policy, ThreadControl>);

struct Cpu {
    ThreadControl* current;  ///< the thread that runs; null until the first one does
    bool in_isr;             ///< between isr_enter and isr_exit
    bool reschedule;         ///< an ISR has readied a thread that must run when it ends
    RunQueue run_queue;
    TimerQueue timers;
    arch::Ticks programmed;  ///< what the hardware timer is set to; never later than what is due first
    arch::Ticks slice_start;  ///< of the running thread, while it must share
    arch::Ticks armed_slice;  ///< the timer is set for a slice of this length; `no_deadline` if for none
    bool slice_over;          ///< the running thread has gone behind its equals and is about to be switched away from
    Ring<ThreadControl> finished;  ///< detached threads to be released
    ThreadControl idle;            ///< runs when nobody else is ready; never in the run queue

    [[nodiscard]] bool is_idle() const noexcept { return current == &idle; }
};

/// The CPU that executes the call. Its address is a link-time constant on one CPU.
extern constinit Cpu uniprocessor;

[[gnu::always_inline]] inline Cpu& this_cpu() noexcept
{
    return uniprocessor;
}

/// Holds the scheduler: no interrupt, hence nobody else on this CPU, comes between. Nests.
class SchedulerLock {
public:
    [[gnu::always_inline]] SchedulerLock() noexcept : state_{arch::Port::irq_save()} {}
    [[gnu::always_inline]] ~SchedulerLock() { arch::Port::irq_restore(state_); }
    SchedulerLock(const SchedulerLock&) = delete;
    SchedulerLock& operator=(const SchedulerLock&) = delete;

private:
    arch::IrqState state_;
};

}  // namespace pegplan::kernel
