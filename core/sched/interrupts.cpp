// The entries through which interrupts reach the scheduler.
#include "core/kernel_entry.hpp"
#include "core/sched/scheduler.hpp"
#include "core/sync/priority_inheritance.hpp"

#include <pegplan/config/time.hpp>
#include <pegplan/timer.hpp>

#include <algorithm>
#include <utility>

namespace pegplan::kernel {

void isr_enter() noexcept
{
    this_cpu().in_isr = true;
}

std::uintptr_t isr_exit() noexcept
{
    Cpu& cpu = this_cpu();
    cpu.in_isr = false;
    return cpu.reschedule.raw();
}

void preempt() noexcept
{
    if constexpr (config::smp) {
        settle();
    } else {
        choose_and_switch(this_cpu());
    }
}

namespace {

/// Whether another thread is due than runs. (One that has just been suspended is not asked about: somebody is.)
template <class C>
bool is_time_for_another(const C& cpu) noexcept
{
    if constexpr (timed_policy) {
        const ThreadControl* const due = cpu.run_queue.pick();
        return due != (cpu.is_idle() ? nullptr : cpu.current);
    } else {
        return false;
    }
}

/// Brings the next interrupt forward to when the policy wants to be told the time.
template <class C>
[[gnu::always_inline]] inline void include_event_of_policy([[maybe_unused]] C& cpu) noexcept
{
    if constexpr (timed_policy) {
        cpu.programmed = std::min(cpu.programmed, cpu.run_queue.next_event(*cpu.current));
    }
}

/// The deadline of a blocked thread has passed.
template <class T>
void time_out(Cpu& cpu, T& thread) noexcept
{
    if constexpr (config::smp) {
        if (thread.wait.claim.take()) {
            unlock_domain(cpu);
            end_timed_out(thread);
            lock_domain(cpu);
        }
        return;
    }
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
        include_event_of_policy(cpu);
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
    const MaskedDomainSection section;
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
    if constexpr (timed_policy) {
        tell_time(cpu);
        if (is_time_for_another(cpu)) {
            cpu.reschedule = true;
        }
    }
    program_timer(cpu, now);
}

}  // namespace pegplan::kernel
