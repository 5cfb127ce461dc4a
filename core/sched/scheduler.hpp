// The transitions of a thread's state (core/thread/thread_control.hpp). Everything here is called masked, and with the
// lock of the domain of the CPU, or thread, that it is about (core/smp/locks.hpp), unless it says otherwise.
//
// A transition that readies a thread does not switch by itself: the caller ends its critical section with
// `reschedule`, so that waking ten threads switches once. In an ISR the switch waits for the end of the ISR.
#pragma once

#include "core/sched/switching.hpp"
#include "core/smp/settle.hpp"
#include "core/sync/claims.hpp"

namespace pegplan::kernel {

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
