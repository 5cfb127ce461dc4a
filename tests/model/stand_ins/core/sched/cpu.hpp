// Stand-in for core/sched/cpu.hpp: each logical thread of the checker has a CPU to itself.
#pragma once

#include "core/sync/ticket_lock.hpp"
#include "core/thread/thread_control.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace pegplan::kernel {

struct Cpu {
    ThreadControl* current = nullptr;
    bool in_isr = false;
    bool reschedule = false;
    int timers = 0;
    Ring<ThreadControl> finished;
    SharedCpu sharing;
};

/// Deadlines are no entries of queues here.
struct TimerQueue {
    static void cancel(ThreadControl&, int&) noexcept {}
};

/// As in core/smp/locks.cpp.
struct PrimitiveLock {
    static constexpr std::uint32_t nobody = 0;

    TicketLock<model::ModelAtomics> tickets;
    std::uint32_t holder = nobody;
    std::uint32_t again = 0;
};

/// What a scenario that uses primitives makes first: `scenario.make<Machine>()`.
struct Machine {
    Machine() noexcept
    {
        for (std::size_t index = 0; index < threads.size(); ++index) {
            threads[index].id = ThreadId{index + 1};
            cpus[index].current = &threads[index];
            cpus[index].sharing.index = static_cast<std::uint32_t>(index);
        }
        machine = this;
    }

    TicketLock<model::ModelAtomics> domain;
    std::array<PrimitiveLock, 2> locks;
    PrimitiveLock inheritance;
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

}  // namespace pegplan::kernel
