// What belongs to one CPU. Reached through `this_cpu()` alone, so that nothing else knows how many there are.
#pragma once

#include "core/base/ring.hpp"
#include "core/sched/policy.hpp"
#include "core/smp/cpu_shared.hpp"
#include "core/thread/thread_control.hpp"
#include "core/time/timer_queue.hpp"

#include <array>

namespace pegplan::kernel {

using RunQueue = sched::Policy::RunQueue<ThreadControl>;
static_assert(sched::SchedulerPolicy<sched::Policy, ThreadControl>);

/// Whether the policy goes by how long threads have run.
inline constexpr bool timed_policy = sched::TimedPolicy<sched::Policy, ThreadControl>;
static_assert(sched::never == arch::no_deadline);

struct alignas(config::smp ? cache_line_size : thread_alignment) Cpu {
    ThreadControl* current;  ///< the thread that runs; null until the first one does
    bool in_isr;             ///< between isr_enter and isr_exit
    CpuFlag reschedule;      ///< another thread must run than does, as soon as no ISR runs. Never in a thread that goes on after a switch
    RunQueue run_queue;
    TimerQueue timers;
    arch::Ticks programmed;  ///< what the hardware timer is set to; never later than what is due first
    arch::Ticks slice_start;  ///< of the running thread, while it must share
    arch::Ticks armed_slice;  ///< the timer is set for a slice of this length; `no_deadline` if for none
    bool slice_over;          ///< the running thread has gone behind its equals and is about to be switched away from
    Ring<ThreadControl> finished;  ///< detached threads to be released
    ThreadControl idle;            ///< runs when nobody else is ready; never in the run queue
    [[no_unique_address]] CpuSharing sharing;

    [[nodiscard]] bool is_idle() const noexcept { return current == &idle; }
};

/// All CPUs of the image, by number.
extern constinit std::array<Cpu, config::cpus> cpus;

/// The record of the thread that executes the call, or of the idle thread. Right at any moment.
template <class Port = arch::Port>
[[gnu::always_inline]] inline ThreadControl& running_thread() noexcept
{
    if constexpr (config::smp) {
        return *static_cast<ThreadControl*>(Port::current());
    } else {
        return *cpus[0].current;
    }
}

/// The CPU that a thread runs on, or in whose run queue it stands, or stood before it was blocked.
template <class Thread>
[[gnu::always_inline]] inline Cpu& cpu_of(const Thread& thread) noexcept
{
    if constexpr (config::smp) {
        return *thread.placement.cpu.get();
    } else {
        return cpus[0];
    }
}

/// The CPU that executes the call, which stays the same while interrupts are masked. Its address is a link-time constant
/// on one CPU.
[[gnu::always_inline]] inline Cpu& this_cpu() noexcept
{
    if constexpr (config::smp) {
        return cpu_of(running_thread());
    } else {
        return cpus[0];
    }
}

/// Whether this is an interrupt handler. Also where it can migrate.
[[nodiscard]] inline bool in_isr() noexcept
{
    if constexpr (config::smp) {
        // Handlers are masked; whoever is not cannot be one.
        return !arch::Port::irq_enabled() && this_cpu().in_isr;
    } else {
        return this_cpu().in_isr;
    }
}

}  // namespace pegplan::kernel
