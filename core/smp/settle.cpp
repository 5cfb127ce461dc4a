// What a CPU does when it has left all locks.
#include "core/smp/settle.hpp"

#include "core/kernel_entry.hpp"
#include "core/sched/section.hpp"

#include <pegplan/mutex.hpp>

#include <utility>

namespace pegplan::kernel {

namespace {

void append(ThreadChain& chain, ThreadControl& thread) noexcept
{
    thread.wait.next = nullptr;
    if (chain.first == nullptr) {
        chain.first = &thread;
    } else {
        chain.last->wait.next = &thread;
    }
    chain.last = &thread;
}

ThreadControl* pop(ThreadChain& chain) noexcept
{
    ThreadControl* const thread = chain.first;
    if (thread != nullptr) {
        chain.first = thread->wait.next;
    }
    return thread;
}

/// A thread has left its CPU for ever: it may be released from now on.
void bury(Cpu& here, ThreadControl& thread) noexcept
{
    PrimitiveLock& lock = primitive_lock_of(&thread.lock);
    take(lock);
    const bool detached = thread.detached;
    thread.wait.ended = true;
    while (Waiter* const joiner = claim_front(thread.joiners)) {
        wake(here, *joiner->thread, joiner, WakeReason::woken);
    }
    give(lock);
    if (detached) {
        lock_domain(here);
        here.finished.push_back(thread);
        here.sharing.has_finished.store(true, std::memory_order_relaxed);
        unlock_domain(here);
    }
}

/// Ends the wait of a thread whose claim has been taken.
void deliver(Cpu& here, ThreadControl& thread) noexcept
{
    for (;;) {
        Cpu& cpu = lock_domain_of(thread);
        if (!thread.wait.pinned) [[likely]] {
            ensure((thread.holds & hold_blocked) != 0, "wake: thread {} is not blocked", thread.id);
            if (thread.is_linked()) {
                TimerQueue::cancel(thread, cpu.timers);
            }
            thread.places = thread.wait.through;
            thread.holds &= static_cast<std::uint8_t>(~hold_blocked);
            if (thread.holds == hold_none) {
                make_ready(here, thread);
            }
            unlock_domain(cpu);
            return;
        }
        // Whoever has pinned it holds no lock that this CPU has, and needs none that this CPU waits for.
        unlock_domain(cpu);
        arch::Port::relax();
    }
}

/// Moves a homeless thread to a CPU that it may use. It stands in no run queue, and nobody else moves it; but it may be suspended
/// meanwhile, or its affinity changed.
void rehome(Cpu& here, ThreadControl& thread) noexcept
{
    Cpu& from = cpu_of(thread);
    for (bool moved = false; !moved;) {
        lock_domain(from);
        Cpu& to = find_home(thread);
        unlock_domain(from);
        lock_domains(from, to);
        moved = may_stay(thread, to);
        if (moved) {
            move_to(thread, to);
            thread.placement.homeless = false;
            if (thread.holds == hold_none) {
                make_ready(here, thread);
            }
        }
        unlock_domains(from, to);
    }
}

}  // namespace

void settle() noexcept
{
    for (;;) {
        Cpu& here = this_cpu();
        if (here.sharing.held > 0) {
            return;  // the outer section will
        }
        if (ThreadControl* const ended = std::exchange(here.sharing.ended, nullptr)) {
            bury(here, *ended);
        } else if (ThreadControl* const woken = pop(here.sharing.woken)) {
            deliver(here, *woken);
        } else if (ThreadControl* const evicted = pop(here.sharing.evicted)) {
            rehome(here, *evicted);
        } else if (here.reschedule && !here.in_isr) {
            lock_domain(here);
            choose_and_switch(here);
            unlock_domain(this_cpu());
        } else {
            return;
        }
    }
}

void put_off_wake(Cpu& here, ThreadControl& thread, Waiter* through, WakeReason reason) noexcept
{
    thread.wait.through = through;
    thread.wake_reason = reason;
    append(here.sharing.woken, thread);
}

void revoke_wakes(Cpu& here, int count) noexcept
{
    int kept = -count;
    for (const ThreadControl* thread = here.sharing.woken.first; thread != nullptr; thread = thread->wait.next) {
        ++kept;
    }
    for (ThreadControl* thread = here.sharing.woken.first; thread != nullptr; thread = thread->wait.next) {
        if (kept > 0) {
            --kept;
        } else {
            thread->wake_reason = WakeReason::again;
        }
    }
}

void put_off_move(Cpu& here, ThreadControl& thread) noexcept
{
    thread.placement.homeless = true;
    append(here.sharing.evicted, thread);
}

void end_timed_out(ThreadControl& thread) noexcept
{
    Cpu& here = this_cpu();
    for (Waiter* place = thread.places; place != nullptr; place = place->next_place) {
        PrimitiveLock& lock = *place->sharing.lock;
        take(lock);
        if (place->in_ring()) {
            place->queue->remove(*place);
        }
        if (place->give_up != nullptr) {
            place->give_up(*place);
        }
        // Only of one that waits for a mutex, whose lock this is.
        if (MutexCore* const wanted = thread.wanted; wanted != nullptr) {
            thread.wanted = nullptr;
            wanted->waiter_left(here);
        }
        give(lock);
    }
    put_off_wake(here, thread, nullptr, WakeReason::timed_out);
    settle();
}

void sort_places(Waiter* places, std::uint8_t priority) noexcept
{
    for (Waiter* place = places; place != nullptr; place = place->next_place) {
        PrimitiveLock& lock = *place->sharing.lock;
        take(lock);
        const bool stands = place->in_ring();
        if (stands) {
            place->queue->remove(*place);
        }
        place->sharing.priority = priority;
        if (stands) {
            place->queue->insert(*place);
        }
        give(lock);
    }
}

void withdraw(Waiter& place) noexcept
{
    PrimitiveLock& lock = *place.sharing.lock;
    take(lock);
    if (place.in_ring()) {
        place.queue->remove(place);
    }
    give(lock);
}

}  // namespace pegplan::kernel

extern "C" void pegplan_thread_begins() noexcept
{
    using namespace pegplan::kernel;
    Cpu& cpu = this_cpu();
    settle_left(cpu);
    unlock_domain(cpu);
    settle();
}
