// The transitions of a thread's state (core/thread/thread_control.hpp) and the switch. Everything here is called masked, and with the
// lock of the domain of the CPU, or thread, that it is about (core/smp/locks.hpp), unless it says otherwise.
//
// A transition that readies a thread does not switch by itself: the caller ends its critical section with
// `reschedule`, so that waking ten threads switches once. In an ISR the switch waits for the end of the ISR.
#pragma once

#include "core/smp/ipi.hpp"
#include "core/smp/locks.hpp"
#include "core/smp/placement.hpp"
#include "core/smp/settle.hpp"
#include "core/smp/stealing.hpp"
#include "core/sync/claims.hpp"

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

/// A critical section of the calling CPU's own domain. When its thread has given way in it, and goes on, it may be on another CPU, and
/// others may have been readied there.
class DomainSection {
public:
    [[gnu::always_inline]] DomainSection() noexcept : state_{arch::Port::irq_save()} { lock_domain(this_cpu()); }
    [[gnu::always_inline]] ~DomainSection()
    {
        if constexpr (config::smp) {
            unlock_domain(this_cpu());
            settle();
        }
        arch::Port::irq_restore(state_);
    }
    DomainSection(const DomainSection&) = delete;
    DomainSection& operator=(const DomainSection&) = delete;

private:
    arch::IrqState state_;
};

/// The same where interrupts are masked anyway.
class MaskedDomainSection {
public:
    MaskedDomainSection() noexcept { lock_domain(this_cpu()); }
    ~MaskedDomainSection()
    {
        if constexpr (config::smp) {
            unlock_domain(this_cpu());
            settle();
        }
    }
    MaskedDomainSection(const MaskedDomainSection&) = delete;
    MaskedDomainSection& operator=(const MaskedDomainSection&) = delete;
};

/// Whether a CPU that is about to choose anew, for another reason, will choose `thread`. It matters to global placement alone.
[[nodiscard]] inline bool will_run(const Cpu& cpu, const ThreadControl& thread) noexcept
{
    return config::sched_global && cpu.reschedule && cpu.run_queue.pick() == &thread;
}

/// Of a CPU that is about to choose anew: whom it would choose, if that is not the running thread. For stealing alone.
template <class C>
[[gnu::always_inline]] inline const ThreadControl* next_but_not_running([[maybe_unused]] const C& cpu) noexcept
{
    if constexpr (config::sched_stealing) {
        if (cpu.reschedule) {
            const ThreadControl* const next = cpu.run_queue.pick();
            return next != cpu.current ? next : nullptr;
        }
    }
    return nullptr;
}

/// Puts a thread that nothing holds any more into a run queue: that of the calling CPU if that is the only one. Its domain is locked;
/// if it may not stay there, it is moved when the calling CPU settles.
template <class C>
inline void make_ready(C& here, ThreadControl& thread) noexcept
{
    if constexpr (config::smp) {
        if (!place(here, thread)) {
            return;
        }
    }
    C& cpu = config::smp ? cpu_of(thread) : here;
    tell_time(cpu);
    const ThreadControl* const next = next_but_not_running(cpu);
    cpu.run_queue.enqueue(thread);
    if (cpu.run_queue.should_preempt(thread, *cpu.current) || cpu.is_idle() || will_run(cpu, thread)) {
        if constexpr (config::sched_global) {
            expect(here, cpu, thread);
        }
        if (config::sched_stealing && next != nullptr) {
            offer(cpu, cpu.run_queue.pick() == &thread ? *next : thread);
        }
        request_switch_to(here, cpu, thread);
    } else {
        if (!config::smp || &cpu == &here) {
            begin_slice_with(cpu, thread);
        } else {
            begin_slice_elsewhere(cpu, thread);
        }
        if constexpr (config::sched_stealing) {
            offer(cpu, thread);
        }
    }
    arm_policy(here, cpu);
}

/// Readies a thread as the only thing that happens in a section, up to the switch: on one CPU, where nobody else can be due. Returns whether
/// that ends the section; else `make_ready` is to be called.
template <class C>
[[gnu::always_inline]] inline bool ready_at_once([[maybe_unused]] C& cpu, [[maybe_unused]] ThreadControl& thread) noexcept
{
    if constexpr (remembers_successor && !config::time_slicing) {
        if (!cpu.in_isr) [[likely]] {
            ensure(!cpu.reschedule, "a section begins while another thread is due");
            cpu.run_queue.enqueue(thread);
            if (cpu.run_queue.should_preempt(thread, *cpu.current) || cpu.is_idle()) {
                switch_to(cpu, thread);
            }
            return true;
        }
    }
    return false;
}

/// (2) Blocks the running thread at `places`, a list that may be empty, until it is woken or `deadline` has passed. It
/// runs on up to `leave_wait`. The locks of all queues are held; its own domain must not be, and is when this returns: that of the queues
/// may then be left. Only from threads; panics in an ISR.
void enter_wait(Waiter* places, arch::Ticks deadline) noexcept;

/// Switches away from the thread that has entered a wait; returns when that has ended, and tells why. Its domain is locked, and is not when
/// this returns.
WakeReason leave_wait() noexcept;

/// The same with a pause, in which the domain is not locked: the thread may be woken before it has left its CPU.
void pause_wait() noexcept;
WakeReason leave_paused_wait() noexcept;

/// All of that at once, for those who do nothing else meanwhile. On one CPU.
WakeReason wait_at(Waiter& places, arch::Ticks deadline) noexcept;

/// (3) Ends the wait of a blocked thread, because of its place `through`, which has been claimed. `here` is the calling CPU. With the queue's
/// lock and no domain's; where there are several CPUs it takes effect when the caller's section ends.
void wake(Cpu& here, ThreadControl& thread, Waiter* through, WakeReason reason) noexcept;

/// Whether a thread that nothing holds is on its way to another CPU, and so in no run queue.
template <class T>
[[gnu::always_inline]] inline bool is_on_its_way([[maybe_unused]] const T& thread) noexcept
{
    if constexpr (config::smp) {
        return thread.placement.homeless;
    } else {
        return false;
    }
}

/// The first half of it in place: of a thread that stands at one place alone, has no time limit, and is ready now but for the run queue. False
/// if it is another one; then nothing has changed.
template <class W>
[[gnu::always_inline]] inline bool end_simple_wait(W& waiter) noexcept
{
    ThreadControl& thread = *waiter.thread;
    if (config::optimise_speed && thread.places == &waiter && waiter.next_place == nullptr && !thread.is_linked() &&
        thread.holds == hold_blocked) [[likely]] {
        waiter.queue->remove(waiter);
        thread.wake_reason = WakeReason::woken;
        thread.holds = hold_none;
        return true;
    }
    return false;
}

/// `wake` for those who wake often. On one CPU.
template <class C, class W>
[[gnu::always_inline]] inline void wake_quickly(C& here, W& waiter) noexcept
{
    if (end_simple_wait(waiter)) [[likely]] {
        make_ready(here, *waiter.thread);
    } else {
        wake(here, *waiter.thread, &waiter, WakeReason::woken);
    }
}

/// The same as the only thing that happens in a section. Returns whether that ends the section.
template <class C, class W>
[[gnu::always_inline]] inline bool wake_at_once(C& here, W& waiter) noexcept
{
    ThreadControl& thread = *waiter.thread;
    if (!end_simple_wait(waiter)) [[unlikely]] {
        wake(here, thread, &waiter, WakeReason::woken);
        return false;
    }
    if (ready_at_once(here, thread)) [[likely]] {
        return true;
    }
    make_ready(here, thread);
    return false;
}

/// (4) Keeps a thread from running until it is resumed. No effect on one that is suspended already. Where there are several CPUs, the
/// running thread suspends itself when its section ends.
inline void suspend(Cpu& here, ThreadControl& thread) noexcept
{
    const std::uint8_t held = thread.holds;
    thread.holds = held | hold_suspended;
    if (held != hold_none || is_on_its_way(thread)) {
        return;
    }
    Cpu& cpu = cpu_of(thread);
    tell_time(cpu);
    cpu.run_queue.dequeue(thread);
    if (&thread != cpu.current) {
        forget_successor(cpu);
    } else if (config::smp || here.in_isr) {
        request_reschedule(here, cpu);
        cpu.slice_over = true;  // it is not preempted: nothing of its slice is left for later
    } else {
        switch_to(cpu, pick(cpu));
    }
}

/// The same of the running thread by itself, whom nothing holds. On one CPU, not in an ISR. Returns when it has been resumed.
template <class C>
[[gnu::always_inline]] inline void suspend_running(C& cpu, ThreadControl& thread) noexcept
{
    thread.holds = hold_suspended;
    tell_time(cpu);
    cpu.run_queue.dequeue(thread);
    switch_to(cpu, pick(cpu));
}

/// (5) Ends a suspension. No effect on one that is not suspended.
inline void resume(Cpu& here, ThreadControl& thread) noexcept
{
    const std::uint8_t held = thread.holds;
    if ((held & hold_suspended) == 0) {
        return;
    }
    thread.holds = held & static_cast<std::uint8_t>(~hold_suspended);
    if (held == hold_suspended) {
        make_ready(here, thread);
    }
}

/// Lets equals of the running thread run first, or does what else the policy says. With nothing locked.
void yield() noexcept;

/// Where a ready thread stands among its new equals when its priority changes.
enum class Rank : std::uint8_t {
    behind,  ///< as one that has just become ready
    kept,    ///< the running thread stays in front, so that it goes on unless somebody is more urgent
};

/// Changes the priority by which a thread in any state is scheduled, keeping every queue in order. (What threads are
/// given is changed by `set_base_priority`, core/sync/priority_inheritance.hpp.) With the inheritance lock, and no domain's.
void change_priority(Cpu& here, ThreadControl& thread, std::uint8_t priority, Rank rank) noexcept;

/// (6) The running thread ends. Never returns. Masked, with nothing locked.
[[noreturn]] void finish(Cpu& cpu) noexcept;

}  // namespace pegplan::kernel
