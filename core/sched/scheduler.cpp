// The transitions of a thread's state, and the entries through which interrupts reach the scheduler.
#include "core/sched/scheduler.hpp"

#include "core/kernel_entry.hpp"
#include "core/sync/priority_inheritance.hpp"

#include <pegplan/config/time.hpp>
#include <pegplan/timer.hpp>

#include <algorithm>
#include <utility>

namespace pegplan::kernel {

constinit std::array<Cpu, config::cpus> cpus{};

namespace {

void choose_and_switch(Cpu& cpu) noexcept
{
    cpu.reschedule = false;
    if constexpr (config::smp) {
        leave_forbidden_cpu(cpu);
    }
    ThreadControl& next = pick(cpu);
    if (&next != cpu.current) {
        preempt_for(cpu, next);
    } else {
        cpu.slice_over = false;
    }
}

}  // namespace

void reschedule_now(Cpu& cpu) noexcept
{
    choose_and_switch(cpu);
    if constexpr (config::smp) {
        // Placing anew whom this CPU left or did not choose may have readied somebody here, where this thread is now.
        while (this_cpu().reschedule) {
            choose_and_switch(this_cpu());
        }
    }
}

void enter_wait(Waiter* places, arch::Ticks deadline) noexcept
{
    Cpu& cpu = this_cpu();
    ThreadControl& thread = *cpu.current;
    invariant(!cpu.in_isr, "a blocking call was made from an interrupt handler");
    invariant(!cpu.is_idle(), "a blocking call was made before the first thread ran");
    cpu.run_queue.dequeue(thread);
    thread.holds = hold_blocked;
    thread.places = places;
    for (Waiter* place = places; place != nullptr; place = place->next_place) {
        place->thread = &thread;
        place->queue->insert(*place);
    }
    if (deadline != arch::no_deadline && cpu.timers.insert(thread, deadline)) {
        require_interrupt(cpu, deadline);
    }
}

WakeReason leave_wait() noexcept
{
    Cpu& cpu = this_cpu();
    const ThreadControl& thread = *cpu.current;
    cpu.reschedule = false;
    switch_to(cpu, pick(cpu));
    return thread.wake_reason;
}

void wake(Cpu& cpu, ThreadControl& thread, Waiter* through, WakeReason reason) noexcept
{
    ensure((thread.holds & hold_blocked) != 0, "wake: thread {} is not blocked", thread.id);
    for (Waiter* place = thread.places; place != nullptr; place = place->next_place) {
        place->queue->remove(*place);
    }
    thread.places = through;
    if (thread.is_linked()) {
        TimerQueue::cancel(thread, cpu.timers);
    }
    thread.wake_reason = reason;
    thread.holds &= static_cast<std::uint8_t>(~hold_blocked);
    if (thread.holds == hold_none) {
        make_ready(cpu, thread);
    }
}

void suspend(Cpu& here, ThreadControl& thread) noexcept
{
    const std::uint8_t held = thread.holds;
    thread.holds = held | hold_suspended;
    if (held != hold_none) {
        return;
    }
    Cpu& cpu = cpu_of(thread);
    cpu.run_queue.dequeue(thread);
    if (&thread == cpu.current) {
        if (here.in_isr || &cpu != &here) {
            request_reschedule(here, cpu);
            cpu.slice_over = true;  // it is not preempted: nothing of its slice is left for later
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
    }
}

void yield() noexcept
{
    const SwitchingSection section;
    Cpu& cpu = this_cpu();
    ThreadControl& thread = *cpu.current;
    ThreadControl& next = cpu.run_queue.rotate(thread);
    if (&next != &thread) {
        invariant(!cpu.in_isr, "an interrupt handler yields");
        if constexpr (config::smp) {
            note_left(cpu);
        }
        switch_to(cpu, next);
    }
}

namespace {

void change_ready_priority(Cpu& here, ThreadControl& thread, std::uint8_t priority, Rank rank) noexcept
{
    Cpu& cpu = cpu_of(thread);
    const bool is_running = &thread == cpu.current;
    const bool in_front = is_running && rank == Rank::kept;
    const bool had_slice = RunQueue::must_share(thread);
    cpu.run_queue.change_priority(thread, priority, in_front);
    request_reschedule(here, cpu);
    if (is_running) {
        // Behind its new equals it has used nothing of a slice among them.
        cpu.slice_over = cpu.slice_over || !in_front;
        if (config::time_slicing && !had_slice && RunQueue::must_share(thread)) {
            if (!config::smp || &cpu == &here) {
                begin_slice(cpu, thread);
            } else {
                request_slice(cpu);
            }
        }
    } else if (config::sched_global) {
        // It may now be due on another CPU.
        cpu.run_queue.dequeue(thread);
        make_ready(here, thread);
    } else if (!config::smp || &cpu == &here) {
        begin_slice_with(cpu, thread);
    } else {
        begin_slice_elsewhere(cpu, thread);
    }
}

void change_waiting_priority(ThreadControl& thread, std::uint8_t priority) noexcept
{
    Waiter* const places = (thread.holds & hold_blocked) != 0 ? thread.places : nullptr;
    for (Waiter* place = places; place != nullptr; place = place->next_place) {
        place->queue->remove(*place);
    }
    thread.priority = priority;
    for (Waiter* place = places; place != nullptr; place = place->next_place) {
        place->queue->insert(*place);
    }
}

}  // namespace

void change_priority(Cpu& cpu, ThreadControl& thread, std::uint8_t priority, Rank rank) noexcept
{
    if (thread.holds == hold_none) {
        change_ready_priority(cpu, thread, priority, rank);
    } else {
        change_waiting_priority(thread, priority);
    }
}

void finish(Cpu& cpu) noexcept
{
    ThreadControl& thread = *cpu.current;
    cpu.run_queue.dequeue(thread);
    thread.holds = hold_finished;
    if constexpr (config::smp) {
        forget_place(thread);
    }
    arch::Port::context_release(thread.context);
    abandon_mutexes(cpu, thread);
    while (Waiter* const joiner = thread.joiners.front()) {
        wake(cpu, *joiner->thread, joiner, WakeReason::woken);
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
    const MaskedSection section;
    reschedule(this_cpu());
}

namespace {

/// The deadline of a blocked thread has passed.
void time_out(Cpu& cpu, ThreadControl& thread) noexcept
{
    MutexCore* const wanted = std::exchange(thread.wanted, nullptr);
    Waiter* const places = thread.places;
    wake(cpu, thread, nullptr, WakeReason::timed_out);
    for (Waiter* place = places; place != nullptr; place = place->next_place) {
        if (place->give_up != nullptr) {
            place->give_up(*place);
        }
    }
    if (wanted != nullptr) {
        wanted->waiter_left(cpu);
    }
}

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
    const MaskedSection section;
    Cpu& cpu = this_cpu();
    const arch::Ticks now = arch::Port::now();
    while (Timeout* const expired = cpu.timers.pop_expired(now)) {
        if (expired->is_timer) {
            TimerCore::expire(cpu, *expired, now);
        } else {
            time_out(cpu, static_cast<ThreadControl&>(*expired));
        }
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
