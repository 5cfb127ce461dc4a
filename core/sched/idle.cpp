// What a CPU does before the first thread runs on it, and whenever none is ready.
#include "core/sched/idle.hpp"

#include "core/kernel_entry.hpp"
#include "core/sched/scheduler.hpp"
#include "core/smp/cpu_control.hpp"
#include "core/smp/stealing.hpp"
#include "core/thread/lifecycle.hpp"

#include <algorithm>
#include <string_view>

namespace pegplan::kernel {

namespace {

/// Its number, and where its idle thread belongs.
template <class C>
void init_sharing([[maybe_unused]] C& cpu, [[maybe_unused]] std::uint32_t index) noexcept
{
    if constexpr (config::smp) {
        cpu.sharing.index = index;
        cpu.idle.placement.cpu = &cpu;
        cpu.idle.placement.affinity = CpuSet{CpuId{index}};
    }
}

template <class Port>
void take_over(ThreadControl& idle) noexcept
{
    if constexpr (config::smp) {
        Port::set_current(&idle);
    }
}

/// What an idle CPU has to wake up for.
template <class C>
arch::Ticks next_deadline(const C& cpu) noexcept
{
    const arch::Ticks timeout = cpu.timers.next_deadline();
    if constexpr (timed_policy) {
        return std::min(timeout, cpu.run_queue.next_event(cpu.idle));
    } else {
        return timeout;
    }
}

template <class C>
void go_online([[maybe_unused]] C& cpu) noexcept
{
    if constexpr (config::smp) {
        lock_domain(cpu);
        cpu.reschedule = config::sched_global;  // takes over what waits elsewhere
        cpu.sharing.online.store(true, std::memory_order_release);
        unlock_domain(cpu);
    }
}

}  // namespace

void init_cpus() noexcept
{
    constexpr std::string_view idle_name = "idle";
    for (std::uint32_t index = 0; index < cpus.size(); ++index) {
        Cpu& cpu = cpus[index];
        init_sharing(cpu, index);
        cpu.current = &cpu.idle;
        idle_name.copy(cpu.idle.name.data(), idle_name.size());
        cpu.programmed = arch::no_deadline;
        cpu.armed_slice = arch::no_deadline;
        cpu.idle.ring_next = &cpu.idle;  // nobody shares its rank
    }
    take_over<arch::Port>(cpus[0].idle);
}

void start_cpu_schedule(Cpu& cpu) noexcept
{
    if constexpr (config::tick_periodic) {
        cpu.programmed = arch::Port::now();
        timer_interrupt();
    }
    go_online(cpu);
}

void idle(Cpu& cpu) noexcept
{
    for (;;) {
        release_finished(cpu);
        {
            const MaskedDomainSection section;
            if constexpr (config::tickless) {
                // Sleep through: whatever the timer was set to for a wait that has ended since is forgotten.
                const arch::Ticks next = next_deadline(cpu);
                if (cpu.programmed != next) {
                    cpu.programmed = next;
                    cpu.armed_slice = arch::no_deadline;
                    arch::Port::set_deadline(next);
                }
            }
        }
        if constexpr (config::smp) {
            leave_if_told(cpu);
        }
        if constexpr (config::sched_stealing) {
            if (find_work(cpu)) {
                continue;
            }
        }
        arch::Port::wait_for_interrupt();
    }
}

}  // namespace pegplan::kernel
