// Virtual time with several CPUs: whose turn it is. Compiled with SMP alone.
//
// Whoever has the turn is the only one that runs, so everything here but the turn itself is plain data. With a sanitizer
// this file is compiled without its checks: the thread sanitizer must not take the turn for synchronisation.
#include "arch/host/virtual_time.hpp"

#include <pegplan/config/host.hpp>

#include <algorithm>

namespace pegplan::arch::host {
namespace {

/// What is left of the turn, in steps.
constinit std::size_t steps_left = config::host_turn;

/// The one CPU that goes on, when it has halted the others.
constinit const HostCpu* last = nullptr;

/// Sleeps until the CPU has the turn.
void await_turn(HostCpu& cpu) noexcept
{
    while (cpu.many.turn.load(std::memory_order_acquire) == 0) {
        wait_while(cpu.many.turn, 0);
    }
    cpu.many.turn.store(0, std::memory_order_relaxed);
}

void give_turn(HostCpu& cpu) noexcept
{
    steps_left = config::host_turn;
    cpu.many.turn.store(1, std::memory_order_release);
    wake_one(cpu.many.turn);
}

bool runs(const HostCpu& cpu) noexcept
{
    return cpu.many.state.load(std::memory_order_relaxed) == CpuState::runs && (last == nullptr || last == &cpu);
}

}  // namespace

bool VirtualTime::is_due_by_time(const HostCpu& cpu) noexcept
{
    return clock >= cpu.deadline;
}

bool VirtualTime::is_due(const HostCpu& cpu) noexcept
{
    return is_due_by_time(cpu) || cpu.many.asked.load(std::memory_order_relaxed) != 0;
}

bool VirtualTime::is_due_of_many() noexcept
{
    return is_due(this_host_cpu());
}

/// The next one behind `cpu`, itself at last, that has something to do, when there is something to do.
HostCpu& VirtualTime::next_in_turn(const HostCpu& cpu) noexcept
{
    for (;;) {
        Ticks earliest = no_deadline;
        for (std::size_t distance = 1; distance <= all_cpus.size(); ++distance) {
            HostCpu& other = *all_cpus[(cpu.many.number + distance) % all_cpus.size()];
            if (!runs(other)) {
                continue;
            }
            if (!other.many.idle || is_due(other)) {
                return other;
            }
            earliest = std::min(earliest, other.deadline);
        }
        jump_to(earliest);
    }
}

void VirtualTime::end_turn(HostCpu& cpu) noexcept
{
    HostCpu& next = next_in_turn(cpu);
    if (&next == &cpu) {
        steps_left = config::host_turn;
        return;
    }
    give_turn(next);
    await_turn(cpu);
}

void VirtualTime::wait_among_many(HostCpu& cpu) noexcept
{
    cpu.many.idle = true;
    while (!is_due(cpu)) {
        end_turn(cpu);
    }
    cpu.many.idle = false;
}

void VirtualTime::pass_of_many(std::size_t steps) noexcept
{
    clock += step * steps;
    if (steps < steps_left) {
        steps_left -= steps;
    } else {
        end_turn(this_host_cpu());
    }
}

Ticks VirtualTime::now_of_many() noexcept
{
    pass_of_many(1);
    return clock;
}

void VirtualTime::set_deadline_of_many(Ticks deadline) noexcept
{
    this_host_cpu().deadline = deadline;
}

void VirtualTime::start(HostCpu& cpu) noexcept
{
    cpu.many.idle = false;
}

void VirtualTime::enter(HostCpu& cpu) noexcept
{
    await_turn(cpu);
}

void VirtualTime::stop(HostCpu& cpu) noexcept
{
    cpu.deadline = no_deadline;
}

void VirtualTime::leave(HostCpu& cpu) noexcept
{
    give_turn(next_in_turn(cpu));
}

void VirtualTime::ask(HostCpu&) noexcept
{
    steps_left = 0;
}

void VirtualTime::halt() noexcept
{
    last = &this_host_cpu();
}

void VirtualTime::spin() noexcept
{
    clock += step;
    end_turn(this_host_cpu());
}

}  // namespace pegplan::arch::host
