// Who runs next on a CPU, and the switch to it: slices, policies that go by time, the request to choose anew. Everything here is called
// masked, and with the lock of the CPU's domain.
#pragma once

#include "core/smp/ipi.hpp"
#include "core/smp/locks.hpp"
#include "core/smp/placement.hpp"
#include "core/smp/stealing.hpp"

#include <pegplan/config/arch.hpp>
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

// ---- time slices -------------------------------------------------------------------------------------------------
//
// The running thread's slice runs while equals wait for their turn; it began at `slice_start`. A switch between equals
// only notes the time: `armed_slice` tells that the timer is set for a slice of that length which began earlier, so
// it comes early enough for this one too, and will then be set again for what is left. A slice thus costs at most
// one interrupt too many, and a switch no access to the timer.

/// A slice of the running thread has begun.
inline void begin_slice(Cpu& cpu, const ThreadControl& thread) noexcept
{
    cpu.slice_start = arch::Port::now();
    if (thread.slice < cpu.armed_slice) [[unlikely]] {
        cpu.armed_slice = thread.slice;
        require_interrupt(cpu, cpu.slice_start + thread.slice);
    }
}

/// `thread` has become ready without preempting the running one. If that is alone no longer, its slice begins.
inline void begin_slice_with(Cpu& cpu, const ThreadControl& thread) noexcept
{
    if (config::time_slicing && thread.ring_next == cpu.current && thread.ring_previous == cpu.current) {
        begin_slice(cpu, *cpu.current);
    }
}

/// The same on another CPU, which is told.
inline void begin_slice_elsewhere(Cpu& cpu, const ThreadControl& thread) noexcept
{
    if (config::time_slicing && thread.ring_next == cpu.current && thread.ring_previous == cpu.current) {
        request_slice(cpu);
    }
}

// ---- policies that go by time ------------------------------------------------------------------------------------

/// Tells the policy what time it is, before anything else is asked of the run queue of `cpu` in a critical section.
template <class C>
[[gnu::always_inline]] inline void tell_time([[maybe_unused]] C& cpu) noexcept
{
    if constexpr (timed_policy) {
        cpu.run_queue.advance(*cpu.current, arch::Port::now());
    }
}

/// Makes sure that the policy is told the time when it wants to be. On the CPU itself.
template <class C>
[[gnu::always_inline]] inline void arm_policy([[maybe_unused]] C& cpu) noexcept
{
    if constexpr (timed_policy) {
        require_interrupt(cpu, cpu.run_queue.next_event(*cpu.current));
    }
}

/// The same for whatever CPU.
template <class C>
[[gnu::always_inline]] inline void arm_policy([[maybe_unused]] C& here, [[maybe_unused]] C& cpu) noexcept
{
    if constexpr (timed_policy) {
        if constexpr (config::smp) {
            if (&cpu != &here) {
                request_slice(cpu);
                return;
            }
        }
        arm_policy(cpu);
    }
}

/// The context of `previous` gives way to that of `next`, and goes on later, on whatever CPU.
template <class C, class Port = arch::Port>
[[gnu::always_inline]] inline void switch_contexts([[maybe_unused]] C& cpu, ThreadControl& previous,
                                                   ThreadControl& next) noexcept
{
    if constexpr (config::smp) {
        ensure(cpu.sharing.held == 0, "a thread is switched away from with {} locks of primitives held", cpu.sharing.held);
        Port::set_current(&next);
        arch::Port::context_switch(previous.context, next.context);
        settle_left(this_cpu());
    } else {
        arch::Port::context_switch(previous.context, next.context);
    }
}

/// Runs `next`, which is not the current thread. Returns when the current one runs again.
inline void switch_to(Cpu& cpu, ThreadControl& next) noexcept
{
    ThreadControl& previous = *cpu.current;
    if constexpr (config::sched_stealing) {
        if (cpu.is_idle()) {
            end_idleness(cpu);
        }
    }
    cpu.current = &next;
    ThreadAccount::switch_between(previous.account, next.account);
    if (config::time_slicing && RunQueue::must_share(next)) {
        begin_slice(cpu, next);
    }
    arm_policy(cpu);
    switch_contexts(cpu, previous, next);
}

/// The thread that should run: the policy's choice, or the idle thread.
[[nodiscard]] inline ThreadControl& pick(Cpu& cpu) noexcept
{
    if constexpr (config::sched_global) {
        do {
            pull(cpu);
        } while (!meet_expectation(cpu));
    }
    ThreadControl* const next = cpu.run_queue.pick();
    return next != nullptr ? *next : cpu.idle;
}

/// Runs `next` instead of the current thread, which could go on. It keeps what it has used of its slice, so that
/// frequent preemption does not let it starve its equals.
inline void preempt_for(Cpu& cpu, ThreadControl& next) noexcept
{
    const ThreadControl& preempted = *cpu.current;
    if constexpr (config::smp) {
        note_left(cpu);
    }
    if (!config::time_slicing) {
        switch_to(cpu, next);
        return;
    }
    if (cpu.slice_over || !RunQueue::must_share(preempted)) {
        cpu.slice_over = false;
        switch_to(cpu, next);
        return;
    }
    const arch::Ticks used = arch::Port::now() - cpu.slice_start;
    switch_to(cpu, next);
    // Here again: the switch back has begun a slice. It began earlier than that.
    Cpu& now_on = this_cpu();
    if (RunQueue::must_share(preempted)) {
        now_on.slice_start -= used;
        require_interrupt(now_on, now_on.slice_start + preempted.slice);
    }
}

/// Runs whoever should run on the calling CPU. In a function of its own, to keep the switch out of those that rarely need it.
void choose_and_switch(Cpu& cpu) noexcept;

/// Whether who preempts the running thread is remembered, so that the run queue need not be asked: on one CPU, if nobody else becomes due
/// because of the time that passes up to the switch.
inline constexpr bool remembers_successor = !config::smp && !timed_policy;

/// Runs the one that has been remembered; false if there is none.
template <class C>
[[gnu::always_inline]] inline bool switch_to_successor([[maybe_unused]] C& cpu) noexcept
{
    if constexpr (remembers_successor) {
        if (ThreadControl* const next = cpu.reschedule.thread(); next != nullptr) [[likely]] {
            ensure(next == cpu.run_queue.pick(), "thread {} is remembered as due, and is not", next->id);
            cpu.reschedule = false;
            preempt_for(cpu, *next);
            return true;
        }
    }
    return false;
}

/// Runs whoever should run on the calling CPU, now or at the end of the ISR. Where there is one CPU: else `settle` does it.
template <class C>
[[gnu::always_inline]] inline void reschedule(C& cpu) noexcept
{
    if (cpu.reschedule && !cpu.in_isr) [[unlikely]] {
        // Without slices a preemption is little more than the switch, which may be a call itself.
        if (config::time_slicing || config::optimise_size || arch::Port::switches_in_line || !switch_to_successor(cpu)) {
            choose_and_switch(cpu);
        }
    }
}

/// Has `cpu` choose anew who runs: at the end of this critical section or ISR if that is `here`, the calling CPU, else soon.
inline void request_reschedule(Cpu& here, Cpu& cpu) noexcept
{
    cpu.reschedule = true;
    if constexpr (config::smp) {
        if (&cpu != &here) {
            notify(cpu);
        }
    }
}

/// `thread` has become ready on `cpu`, and preempts what runs there.
template <class C>
[[gnu::always_inline]] inline void request_switch_to(C& here, C& cpu, [[maybe_unused]] ThreadControl& thread) noexcept
{
    if constexpr (remembers_successor) {
        if (!cpu.reschedule) [[likely]] {
            cpu.reschedule.set(thread);
            return;
        }
        const ThreadControl* const other = cpu.reschedule.thread();
        if (other != nullptr && cpu.run_queue.should_preempt(thread, *other)) {
            cpu.reschedule.set(thread);
        }
    } else {
        request_reschedule(here, cpu);
    }
}

/// Who has been remembered may have left the run queue of this CPU, or its place there.
template <class C>
[[gnu::always_inline]] inline void forget_successor([[maybe_unused]] C& cpu) noexcept
{
    if constexpr (remembers_successor) {
        if (cpu.reschedule) {
            cpu.reschedule = true;
        }
    }
}

}  // namespace pegplan::kernel
