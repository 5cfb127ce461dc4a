// Stand-in for core/sched/scheduler.hpp and core/smp/locks.hpp. There is one domain. A thread that blocks waits for the number of its wait, which
// whoever readies it writes; a wait with a deadline ends when it is woken or at any moment before: the thread that waits plays the
// timer's interrupt. Priorities are those of the start.
#pragma once

#include "core/sched/cpu.hpp"
#include "core/smp/settle.hpp"
#include "core/sync/claims.hpp"

#include <pegplan/deadline.hpp>

#include <cstdint>

namespace pegplan::kernel {

// ---- locks -----------------------------------------------------------------------------------------------------------

inline void lock_domain(Cpu&) noexcept
{
    Machine::machine->domain.lock();
}

inline void unlock_domain(Cpu&) noexcept
{
    Machine::machine->domain.unlock();
}

inline Cpu& lock_domain_of(const ThreadControl&) noexcept
{
    lock_domain(this_cpu());
    return this_cpu();
}

inline void lock_domains(Cpu& a, Cpu&) noexcept
{
    lock_domain(a);
}

inline void unlock_domains(Cpu& a, Cpu&) noexcept
{
    unlock_domain(a);
}

/// Two primitives of a scenario that lie beside each other have two locks, unless their size says otherwise.
inline PrimitiveLock& primitive_lock_of(const void* address) noexcept
{
    return Machine::machine->locks[reinterpret_cast<std::uintptr_t>(address) / alignof(void*) % Machine::machine->locks.size()];
}

inline PrimitiveLock& the_inheritance_lock() noexcept
{
    return Machine::machine->inheritance;
}

inline void take(PrimitiveLock& lock) noexcept
{
    Cpu& cpu = this_cpu();
    ++cpu.sharing.held;
    if (lock.holder == cpu.sharing.index + 1) {
        ++lock.again;
        return;
    }
    lock.tickets.lock();
    lock.holder = cpu.sharing.index + 1;
}

inline void give(PrimitiveLock& lock) noexcept
{
    --this_cpu().sharing.held;
    if (lock.again > 0) {
        --lock.again;
        return;
    }
    lock.holder = PrimitiveLock::nobody;
    lock.tickets.unlock();
}

class InterruptMask {};

// ---- placement: nobody moves -----------------------------------------------------------------------------------------

inline Cpu& cpu_of(const ThreadControl&) noexcept
{
    return this_cpu();
}

inline Cpu& find_home(const ThreadControl&) noexcept
{
    return this_cpu();
}

inline bool may_stay(const ThreadControl&, const Cpu&) noexcept
{
    return true;
}

inline void move_to(ThreadControl&, Cpu&) noexcept {}
inline void settle_left(Cpu&) noexcept {}
inline void choose_and_switch(Cpu&) noexcept {}
inline void reschedule(Cpu&) noexcept {}

// ---- waits -----------------------------------------------------------------------------------------------------------

inline void make_ready(Cpu&, ThreadControl& thread) noexcept
{
    thread.go.store(thread.waits, std::memory_order_relaxed);
}

inline void enter_wait(Waiter* places, Deadline::Ticks deadline) noexcept
{
    Cpu& cpu = this_cpu();
    ThreadControl& thread = running_thread();
    lock_domain(cpu);
    thread.wait.claim.arm();
    thread.holds = hold_blocked;
    thread.places = places;
    thread.timed = deadline != Deadline::never().ticks();
    ++thread.waits;
    for (Waiter* place = places; place != nullptr; place = place->next_place) {
        place->sharing.priority = thread.priority;
        place->thread = &thread;
        place->queue->insert(*place);
    }
}

inline void pause_wait() noexcept
{
    unlock_domain(this_cpu());
}

inline WakeReason leave_paused_wait() noexcept
{
    Cpu& cpu = this_cpu();
    ThreadControl& thread = running_thread();
    settle();
    if (thread.timed) {
        lock_domain(cpu);
        const bool is_mine = (thread.holds & hold_blocked) != 0 && thread.wait.claim.take();
        unlock_domain(cpu);
        if (is_mine) {
            end_timed_out(thread);
        }
    }
    model::ModelAtomics::wait_until(thread.go, std::memory_order_relaxed,
                                    [number = thread.waits](unsigned ended) { return ended == number; });
    lock_domain(cpu);  // as the switch to it has
    unlock_domain(cpu);
    settle();
    return thread.wake_reason;
}

inline WakeReason leave_wait() noexcept
{
    pause_wait();
    return leave_paused_wait();
}

inline void wake(Cpu& here, ThreadControl& thread, Waiter* through, WakeReason reason) noexcept
{
    put_off_wake(here, thread, through, reason);
}

}  // namespace pegplan::kernel
