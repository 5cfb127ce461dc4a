// The transitions of a thread's state.
#include "core/sched/scheduler.hpp"

#include "core/sched/thread_policy.hpp"
#include "core/sync/priority_inheritance.hpp"

#include <utility>

namespace pegplan::kernel {

constinit std::array<Cpu, config::cpus> cpus{};

namespace {

/// Whether the running thread is about to leave its CPU for another reason than that somebody else is due.
template <class T>
[[gnu::always_inline]] inline bool is_held(const T& running) noexcept
{
    return config::smp && running.holds != hold_none;
}

}  // namespace

void choose_and_switch(Cpu& cpu) noexcept
{
    if (switch_to_successor(cpu)) {
        return;
    }
    cpu.reschedule = false;
    tell_time(cpu);
    if constexpr (config::smp) {
        leave_forbidden_cpu(cpu);
    }
    ThreadControl& next = pick(cpu);
    if (&next == cpu.current) {
        cpu.slice_over = false;
        arm_policy(cpu);
    } else if (is_held(*cpu.current)) {
        cpu.slice_over = false;
        switch_to(cpu, next);
    } else {
        preempt_for(cpu, next);
    }
}

namespace {

template <class W>
[[gnu::always_inline]] inline void take_place(W& place, ThreadControl& thread) noexcept
{
    if constexpr (config::smp) {
        place.sharing.priority = thread.priority;
    }
    place.thread = &thread;
    place.queue->insert(place);
}

/// The running thread is about to block or end. Another CPU may just have suspended it.
template <class C>
[[gnu::always_inline]] inline void leave_run_queue(C& cpu, ThreadControl& thread, Hold hold) noexcept
{
    if constexpr (config::smp) {
        if (thread.holds == hold_none) {
            cpu.run_queue.dequeue(thread);
        }
        thread.holds |= hold;
    } else {
        cpu.run_queue.dequeue(thread);
        thread.holds = hold;
    }
}

template <class T>
[[gnu::always_inline]] inline void arm_claim([[maybe_unused]] T& thread) noexcept
{
    if constexpr (config::smp) {
        thread.wait.claim.arm();
    }
}

}  // namespace

namespace {

/// Out of line: most waits have no time limit.
[[gnu::noinline]] void limit_wait(Cpu& cpu, ThreadControl& thread, arch::Ticks deadline) noexcept
{
    if (cpu.timers.insert(thread, deadline)) {
        require_interrupt(cpu, deadline);
    }
}

/// The part of a wait up to the switch.
[[gnu::always_inline]] inline void begin_wait(Cpu& cpu, ThreadControl& thread, Waiter* places, arch::Ticks deadline) noexcept
{
    lock_domain(cpu);
    tell_time(cpu);
    arm_claim(thread);
    leave_run_queue(cpu, thread, hold_blocked);
    thread.places = places;
    for (Waiter* place = places; place != nullptr; place = place->next_place) {
        take_place(*place, thread);
    }
    if (deadline != arch::no_deadline) [[unlikely]] {
        limit_wait(cpu, thread, deadline);
    }
}

void refuse_handlers(const Cpu& cpu) noexcept
{
    invariant(!cpu.in_isr, "a blocking call was made from an interrupt handler");
}

void refuse_idle(const Cpu& cpu) noexcept
{
    invariant(!cpu.is_idle(), "a blocking call was made before the first thread ran");
}

/// The rest of begin_wait for a thread that stands at several places, among others, or has a time limit. Out of line, so that the usual
/// wait saves no registers.
[[gnu::noinline]] void take_places(ThreadControl& thread, Waiter& places, arch::Ticks deadline) noexcept
{
    for (Waiter* place = &places; place != nullptr; place = place->next_place) {
        take_place(*place, thread);
    }
    if (deadline != arch::no_deadline) {
        limit_wait(this_cpu(), thread, deadline);
    }
}

/// Of a run queue in which only the idle thread can have been: whoever has blocked is asked whether it was that one.
template <class C>
[[gnu::always_inline]] inline ThreadControl& pick_another(C& cpu) noexcept
{
    if (ThreadControl* const next = cpu.run_queue.pick()) [[likely]] {
        return *next;
    }
    refuse_idle(cpu);
    return cpu.idle;
}

}  // namespace

void enter_wait(Waiter* places, arch::Ticks deadline) noexcept
{
    Cpu& cpu = this_cpu();
    refuse_handlers(cpu);
    refuse_idle(cpu);
    begin_wait(cpu, *cpu.current, places, deadline);
}

WakeReason wait_at(Waiter& places, arch::Ticks deadline) noexcept
{
    Cpu& cpu = this_cpu();
    ThreadControl& thread = *cpu.current;
    refuse_handlers(cpu);
    if constexpr (timed_policy) {
        refuse_idle(cpu);
    }
    tell_time(cpu);
    leave_run_queue(cpu, thread, hold_blocked);
    thread.places = &places;
    if (places.next_place == nullptr && deadline == arch::no_deadline && places.queue->empty()) [[likely]] {
        take_place(places, thread);
    } else {
        take_places(thread, places, deadline);
    }
    cpu.reschedule = false;
    switch_to(cpu, pick_another(cpu));
    return cpu.current->wake_reason;
}

WakeReason leave_wait() noexcept
{
    Cpu& cpu = this_cpu();
    const ThreadControl& thread = *cpu.current;
    if constexpr (config::smp) {
        choose_and_switch(cpu);
        unlock_domain(this_cpu());
        settle();
    } else {
        cpu.reschedule = false;
        switch_to(cpu, pick(cpu));
    }
    return thread.wake_reason;
}

void pause_wait() noexcept
{
    if constexpr (config::smp) {
        // Others reckon with who will run here next.
        this_cpu().reschedule = true;
        unlock_domain(this_cpu());
    }
}

WakeReason leave_paused_wait() noexcept
{
    if constexpr (config::smp) {
        const ThreadControl& thread = running_thread();
        settle();
        return thread.wake_reason;
    } else {
        return leave_wait();
    }
}

namespace {

/// Out of line: few threads that are woken had a time limit.
[[gnu::noinline]] void wake_before_limit(Cpu& cpu, ThreadControl& thread) noexcept
{
    TimerQueue::cancel(thread, cpu.timers);
    thread.holds &= static_cast<std::uint8_t>(~hold_blocked);
    if (thread.holds == hold_none) {
        make_ready(cpu, thread);
    }
}

}  // namespace

void wake(Cpu& cpu, ThreadControl& thread, Waiter* through, WakeReason reason) noexcept
{
    if constexpr (config::smp) {
        put_off_wake(cpu, thread, through, reason);
        return;
    }
    ensure((thread.holds & hold_blocked) != 0, "wake: thread {} is not blocked", thread.id);
    for (Waiter* place = thread.places; place != nullptr; place = place->next_place) {
        place->queue->remove(*place);
    }
    thread.places = through;
    thread.wake_reason = reason;
    if (thread.is_linked()) [[unlikely]] {
        wake_before_limit(cpu, thread);
        return;
    }
    thread.holds &= static_cast<std::uint8_t>(~hold_blocked);
    if (thread.holds == hold_none) {
        make_ready(cpu, thread);
    }
}

namespace {

/// Of a policy that goes by time: whoever is due then runs, and this thread when it is due again.
template <class C>
void yield_by_time(C& cpu) noexcept
{
    if constexpr (timed_policy) {
        invariant(!cpu.in_isr, "an interrupt handler yields");
        tell_time(cpu);
        cpu.run_queue.yield(*cpu.current);
        cpu.slice_over = true;
        choose_and_switch(cpu);
    }
}

}  // namespace

namespace {

/// On one CPU, for a caller that may be interrupted, and so is no handler: behind the switch interrupts are unmasked, whatever they
/// were, and nothing is kept over it.
template <class C>
[[gnu::always_inline]] inline void yield_unmasked(C& cpu) noexcept
{
    ThreadControl& thread = *cpu.current;
    if (ThreadControl& next = cpu.run_queue.rotate(thread); &next != &thread) [[likely]] {
        switch_to(cpu, next);
    }
    arch::Port::irq_enable();
}

/// The general form. Out of line, so that the usual one keeps no register.
[[gnu::noinline]] void yield_section() noexcept
{
    const DomainSection section;
    Cpu& cpu = this_cpu();
    ThreadControl& thread = *cpu.current;
    if (is_held(thread)) [[unlikely]] {
        return;  // another CPU has just suspended it: it gives way when the section ends
    }
    if constexpr (timed_policy) {
        yield_by_time(cpu);
        return;
    }
    ThreadControl& next = cpu.run_queue.rotate(thread);
    if (&next != &thread) {
        invariant(!cpu.in_isr, "an interrupt handler yields");
        if constexpr (config::smp) {
            note_left(cpu);
        }
        switch_to(cpu, next);
    }
}

}  // namespace

void yield() noexcept
{
    if constexpr (!config::smp && !timed_policy) {
        const arch::IrqState state = arch::Port::irq_save();
        if (arch::Port::was_enabled(state)) [[likely]] {
            yield_unmasked(this_cpu());
            return;
        }
        arch::Port::irq_restore(state);
    }
    yield_section();
}

namespace {

/// The end of a thread, up to the last switch away from it.
template <class C>
void leave_for_good(C& cpu, ThreadControl& thread) noexcept
{
    tell_time(cpu);
    leave_run_queue(cpu, thread, hold_finished);
    if constexpr (config::smp) {
        thread.holds = hold_finished;
        forget_place(thread);
    }
}

/// It cannot be joined before it has left its stack: whoever runs next on this CPU says that it has ended.
template <class C>
[[noreturn]] void finish_among_many(C* cpu) noexcept
{
    ThreadControl& thread = *cpu->current;
    lock_domain(*cpu);
    while ((thread.holds & hold_suspended) != 0) {
        choose_and_switch(*cpu);
        cpu = &this_cpu();
    }
    unlock_domain(*cpu);
    settle();
    cpu = &this_cpu();
    // Whoever waits for one of its mutexes sees that it has ended, or is found by it.
    take(the_inheritance_lock());
    lock_domain(*cpu);
    leave_for_good(*cpu, thread);
    cpu->reschedule = true;
    unlock_domain(*cpu);
    if constexpr (timed_policy) {
        retire(thread);
    }
    arch::Port::context_release(thread.context);
    abandon_mutexes(*cpu, thread);
    give(the_inheritance_lock());
    lock_domain(*cpu);
    cpu->sharing.ended = &thread;
    choose_and_switch(*cpu);
    panic("a finished thread was resumed");
}

}  // namespace

void finish(Cpu& cpu) noexcept
{
    if constexpr (config::smp) {
        finish_among_many(&cpu);
    }
    ThreadControl& thread = *cpu.current;
    leave_for_good(cpu, thread);
    if constexpr (timed_policy) {
        retire(thread);
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

}  // namespace pegplan::kernel
