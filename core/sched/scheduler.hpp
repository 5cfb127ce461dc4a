// The transitions of a thread's state (core/thread/thread_control.hpp) and the switch. Everything here is called with
// the scheduler lock held.
//
// A transition that readies a thread does not switch by itself: the caller ends its critical section with
// `reschedule`, so that waking ten threads switches once. In an ISR the switch waits for the end of the ISR.
#pragma once

#include "core/sched/cpu.hpp"

#include <pegplan/config/sched.hpp>
#include <pegplan/config/time.hpp>

namespace pegplan::kernel {

/// Makes sure that the timer fires at `deadline` or earlier.
inline void require_interrupt(Cpu& cpu, arch::Ticks deadline) noexcept
{
    if constexpr (config::tickless) {
        if (deadline < cpu.programmed) {
            cpu.programmed = deadline;
            arch::Port::set_deadline(deadline);
        }
    }
}

/// Starts the running thread's slice if it has equals that wait for their turn and no slice runs yet.
inline void start_slice_if_shared(Cpu& cpu) noexcept
{
    if constexpr (config::time_slicing) {
        ThreadControl& thread = *cpu.current;
        if (cpu.slice_end == arch::no_deadline && cpu.run_queue.must_share(thread)) {
            cpu.slice_end = arch::Port::now() + thread.slice_left;
            thread.slice_left = thread.slice;
            require_interrupt(cpu, cpu.slice_end);
        }
    }
}

/// The running thread is about to be preempted: it keeps what is left of its slice, so that frequent preemption does
/// not let it starve its equals.
inline void save_slice(Cpu& cpu) noexcept
{
    if constexpr (config::time_slicing) {
        if (cpu.slice_end != arch::no_deadline) {
            const arch::Ticks now = arch::Port::now();
            cpu.current->slice_left = cpu.slice_end > now ? cpu.slice_end - now : 0;
        }
    }
}

/// Runs `next`, which is not the current thread. Returns when the current one runs again.
inline void switch_to(Cpu& cpu, ThreadControl& next) noexcept
{
    ThreadControl& previous = *cpu.current;
    cpu.current = &next;
    ThreadAccount::switch_between(previous.account, next.account);
    cpu.slice_end = arch::no_deadline;
    start_slice_if_shared(cpu);
    arch::Port::context_switch(previous.context, next.context);
}

/// The thread that should run: the policy's choice, or the idle thread.
[[nodiscard]] inline ThreadControl& pick(Cpu& cpu) noexcept
{
    ThreadControl* const next = cpu.run_queue.pick();
    return next != nullptr ? *next : cpu.idle;
}

/// Runs whoever should run, now or at the end of the ISR.
inline void reschedule(Cpu& cpu) noexcept
{
    if (cpu.reschedule && !cpu.in_isr) {
        cpu.reschedule = false;
        ThreadControl& next = pick(cpu);
        if (&next != cpu.current) {
            save_slice(cpu);
            switch_to(cpu, next);
        }
    }
}

/// Puts a thread that nothing holds any more into the run queue.
inline void make_ready(Cpu& cpu, ThreadControl& thread) noexcept
{
    cpu.run_queue.enqueue(thread);
    if (cpu.is_idle() || cpu.run_queue.should_preempt(thread, *cpu.current)) {
        cpu.reschedule = true;
    } else {
        start_slice_if_shared(cpu);
    }
}

/// (2) Blocks the running thread in `queue` (if not null) until it is woken or `deadline` has passed. Only from
/// threads; panics in an ISR.
WakeReason block(WaitQueue* queue, arch::Ticks deadline) noexcept;

/// (3) Ends the wait of a blocked thread.
void wake(Cpu& cpu, ThreadControl& thread, WakeReason reason) noexcept;

/// (4) Keeps a thread from running until it is resumed. No effect on one that is suspended already.
void suspend(Cpu& cpu, ThreadControl& thread) noexcept;

/// (5) Ends a suspension. No effect on one that is not suspended.
void resume(Cpu& cpu, ThreadControl& thread) noexcept;

/// Lets equals of the running thread run first.
void yield() noexcept;

/// Changes the priority of a thread in any state, keeping every queue in order.
void change_priority(Cpu& cpu, ThreadControl& thread, std::uint8_t priority) noexcept;

/// (6) The running thread ends. Never returns.
[[noreturn]] void finish(Cpu& cpu) noexcept;

}  // namespace pegplan::kernel
