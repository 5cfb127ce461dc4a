// The transitions of a thread's state, and the entries through which interrupts reach the scheduler.
#include "core/sched/scheduler.hpp"

#include "core/kernel_entry.hpp"

#include <pegplan/config/time.hpp>

#include <algorithm>

namespace pegplan::kernel {

constinit Cpu uniprocessor{};

WakeReason block(WaitQueue* queue, arch::Ticks deadline) noexcept
{
    Cpu& cpu = this_cpu();
    ThreadControl& thread = *cpu.current;
    invariant(!cpu.in_isr, "a blocking call was made from an interrupt handler");
    invariant(!cpu.is_idle(), "a blocking call was made before the first thread ran");
    cpu.run_queue.dequeue(thread);
    thread.holds = hold_blocked;
    thread.waits_in = queue;
    if (queue != nullptr) {
        queue->insert(thread);
    }
    if (deadline != arch::no_deadline && cpu.timers.insert(thread, deadline)) {
        require_interrupt(cpu, deadline);
    }
    switch_to(cpu, pick(cpu));
    return thread.wake_reason;
}

void wake(Cpu& cpu, ThreadControl& thread, WakeReason reason) noexcept
{
    ensure((thread.holds & hold_blocked) != 0, "wake: thread {} is not blocked", thread.id);
    if (thread.waits_in != nullptr) {
        thread.waits_in->remove(thread);
        thread.waits_in = nullptr;
    }
    if (thread.is_linked()) {
        cpu.timers.remove(thread);
    }
    thread.wake_reason = reason;
    thread.holds &= static_cast<std::uint8_t>(~hold_blocked);
    if (thread.holds == hold_none) {
        make_ready(cpu, thread);
    }
}

void suspend(Cpu& cpu, ThreadControl& thread) noexcept
{
    const std::uint8_t held = thread.holds;
    thread.holds = held | hold_suspended;
    if (held != hold_none) {
        return;
    }
    cpu.run_queue.dequeue(thread);
    if (&thread == cpu.current) {
        if (cpu.in_isr) {
            cpu.reschedule = true;
        } else {
            switch_to(cpu, pick(cpu));
        }
    }
}

void resume(Cpu& cpu, ThreadControl& thread) noexcept
{
    if ((thread.holds & hold_suspended) == 0) {
        return;
    }
    thread.holds &= static_cast<std::uint8_t>(~hold_suspended);
    if (thread.holds == hold_none) {
        make_ready(cpu, thread);
        reschedule(cpu);
    }
}

void yield() noexcept
{
    const SchedulerLock lock;
    Cpu& cpu = this_cpu();
    ThreadControl& thread = *cpu.current;
    ThreadControl& next = cpu.run_queue.rotate(thread);
    if (&next != &thread) {
        switch_to(cpu, next);
    }
}

void change_priority(Cpu& cpu, ThreadControl& thread, std::uint8_t priority) noexcept
{
    if (thread.holds == hold_none) {
        cpu.run_queue.dequeue(thread);
        thread.priority = priority;
        cpu.run_queue.enqueue(thread);
        // The running thread goes behind its new equals, and has used nothing of a slice among them.
        const bool is_running = &thread == cpu.current;
        cpu.slice_over = cpu.slice_over || is_running;
        cpu.reschedule = true;
        reschedule(cpu);
        if (!is_running) {
            begin_slice_with(cpu, thread);
        }
    } else if (thread.waits_in != nullptr) {
        thread.waits_in->remove(thread);
        thread.priority = priority;
        thread.waits_in->insert(thread);
    } else {
        thread.priority = priority;
    }
}

void finish(Cpu& cpu) noexcept
{
    ThreadControl& thread = *cpu.current;
    cpu.run_queue.dequeue(thread);
    thread.holds = hold_finished;
    arch::Port::context_release(thread.context);
    while (ThreadControl* const joiner = thread.joiners.front()) {
        wake(cpu, *joiner, WakeReason::woken);
    }
    if (thread.detached) {
        cpu.finished.push_back(thread);
    }
    cpu.reschedule = false;
    switch_to(cpu, pick(cpu));
    panic("a finished thread was resumed");
}

// ---- what interrupts call -----------------------------------------------------------------------------------------

void isr_enter() noexcept
{
    this_cpu().in_isr = true;
}

bool isr_exit() noexcept
{
    Cpu& cpu = this_cpu();
    cpu.in_isr = false;
    return cpu.reschedule;
}

void preempt() noexcept
{
    reschedule(this_cpu());
}

namespace {

/// Whether a slice of the running thread runs. (A handler of this interrupt may just have suspended it.)
bool has_slice(const ThreadControl& running) noexcept
{
    return config::time_slicing && running.holds == hold_none && RunQueue::must_share(running);
}

/// Sets the timer to whatever is due next.
void program_timer(Cpu& cpu, arch::Ticks now) noexcept
{
    if constexpr (config::tickless) {
        cpu.programmed = cpu.timers.next_deadline();
        if (config::time_slicing) {
            cpu.armed_slice = arch::no_deadline;
            if (const ThreadControl& running = *cpu.current; has_slice(running) && !cpu.slice_over) {
                cpu.armed_slice = running.slice;
                cpu.programmed = std::min(cpu.programmed, cpu.slice_start + running.slice);
            }
        }
    } else {
        // Ticks keep their phase: the next one is a whole number of periods after the first, however late this is.
        const arch::Ticks period = arch::Port::ticks_per_second() / config::tick_rate_hz;
        do {
            cpu.programmed += period;
        } while (cpu.programmed <= now);
    }
    arch::Port::set_deadline(cpu.programmed);  // also when there is none: it ends the interrupt that is pending
}

}  // namespace

void timer_interrupt() noexcept
{
    Cpu& cpu = this_cpu();
    const arch::Ticks now = arch::Port::now();
    while (Timeout* const expired = cpu.timers.pop_expired(now)) {
        wake(cpu, static_cast<ThreadControl&>(*expired), WakeReason::timed_out);
    }
    ThreadControl& running = *cpu.current;
    // A sum, since a thread that has just been woken may have begun a slice behind `now`.
    if (has_slice(running) && now >= cpu.slice_start + running.slice) {
        cpu.run_queue.rotate(running);
        cpu.slice_over = true;
        cpu.reschedule = true;
    }
    program_timer(cpu, now);
}

}  // namespace pegplan::kernel
