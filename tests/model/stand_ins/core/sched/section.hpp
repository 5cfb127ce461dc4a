// Stand-in for core/sched/section.hpp: critical sections, and threads that block in them and are woken. Instead of the scheduler
// there is one lock, and for each thread a number that tells which of its waits has been ended. Priorities are those of the
// start. A wait with a deadline ends when it is woken or at any moment before: the thread that waits plays the timer.
#pragma once

#include "core/sync/ticket_lock.hpp"
#include "core/thread/thread_control.hpp"

#include <pegplan/deadline.hpp>
#include <pegplan/mutex.hpp>

#include <array>
#include <utility>

namespace pegplan::kernel {

/// Each logical thread of the checker has a CPU to itself.
struct Cpu {
    ThreadControl* current = nullptr;
    bool in_isr = false;
};

/// What a scenario that uses primitives makes first: `scenario.make<Machine>()`.
struct Machine {
    Machine() noexcept
    {
        for (std::size_t index = 0; index < threads.size(); ++index) {
            threads[index].id = ThreadId{index + 1};
            cpus[index].current = &threads[index];
        }
        machine = this;
    }

    TicketLock<model::ModelAtomics> lock;
    std::array<ThreadControl, model::max_threads> threads;
    std::array<Cpu, model::max_threads> cpus;

    static inline Machine* machine;
};

/// Of the thread that makes the call. What a scenario does at its end, it does in the place of the first one.
inline Cpu& this_cpu() noexcept
{
    const int thread = model::Run::current().running();
    return Machine::machine->cpus[static_cast<std::size_t>(thread < 0 ? 0 : thread)];
}

inline ThreadControl& running_thread() noexcept
{
    return *this_cpu().current;
}

inline bool in_isr() noexcept
{
    return this_cpu().in_isr;
}

inline void lock_kernel() noexcept
{
    if (running_thread().lock_depth++ == 0) {
        Machine::machine->lock.lock();
    }
}

inline void unlock_kernel() noexcept
{
    if (--running_thread().lock_depth == 0) {
        Machine::machine->lock.unlock();
    }
}

inline void enter_wait(Waiter* places, Deadline::Ticks deadline) noexcept
{
    ThreadControl& thread = running_thread();
    thread.blocked = true;
    thread.places = places;
    ++thread.waits;
    for (Waiter* place = places; place != nullptr; place = place->next_place) {
        place->thread = &thread;
        place->queue->insert(*place);
    }
    thread.timed = deadline != Deadline::never().ticks();
}

inline void wake(Cpu&, ThreadControl& thread, Waiter* through, WakeReason reason) noexcept
{
    invariant(thread.blocked, "a thread was woken that did not wait");
    for (Waiter* place = thread.places; place != nullptr; place = place->next_place) {
        place->queue->remove(*place);
    }
    thread.places = through;
    thread.wake_reason = reason;
    thread.blocked = false;
    thread.go.store(thread.waits, std::memory_order_relaxed);
}

/// As in core/sched/scheduler.cpp.
inline void time_out(Cpu& cpu, ThreadControl& thread) noexcept
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

/// Its critical section ends when it waits, and begins anew when it goes on.
inline WakeReason leave_wait() noexcept
{
    ThreadControl& thread = running_thread();
    const unsigned depth = std::exchange(thread.lock_depth, 0);
    Machine::machine->lock.unlock();
    if (!thread.timed) {
        model::ModelAtomics::wait_until(thread.go, std::memory_order_relaxed,
                                        [number = thread.waits](unsigned ended) { return ended == number; });
    }
    Machine::machine->lock.lock();
    thread.lock_depth = depth;
    if (thread.blocked) {
        time_out(this_cpu(), thread);
    }
    return thread.wake_reason;
}

class Section {
public:
    explicit Section(WaitLock&) noexcept : Section{} {}
    Section() noexcept { lock_kernel(); }
    ~Section() { unlock_kernel(); }
    Section(const Section&) = delete;
    Section& operator=(const Section&) = delete;

    [[nodiscard]] ThreadControl& self() const noexcept { return running_thread(); }

    WakeReason wait(Waiter& place, Deadline deadline) noexcept
    {
        if (deadline.has_passed()) {
            return WakeReason::timed_out;
        }
        enter_wait(&place, deadline.ticks());
        return leave_wait();
    }

    void wake(Waiter& waiter, WakeReason reason = WakeReason::woken) noexcept
    {
        kernel::wake(this_cpu(), *waiter.thread, &waiter, reason);
    }
};

}  // namespace pegplan::kernel
