// The way of the other CPUs into the kernel.
#include "core/smp/start.hpp"

#include "core/kernel_entry.hpp"
#include "core/memory/nodes.hpp"
#include "core/memory/stack_arena.hpp"
#include "core/sched/idle.hpp"
#include "core/sched/scheduler.hpp"
#include "core/smp/stealing.hpp"
#include "core/thread/thread_locals.hpp"

#include <pegplan/config/smp.hpp>

namespace pegplan::kernel {

namespace {

/// How long a CPU may take from the port's call to its first step here. Seconds on a machine that is emulated by a busy one.
constexpr std::uint64_t start_limit_s = 10;

/// Gives the idle thread's thread_local objects the top of its stack. Returns the rest.
std::span<std::byte> prepare_stack(ThreadControl& idle) noexcept
{
    const arch::ThreadLocalRoom room = thread_local_room();
    const auto bottom = reinterpret_cast<std::uintptr_t>(idle.stack.memory.data());
    std::uintptr_t top = bottom + idle.stack.memory.size();
    if (room.size != 0) {
        top = place_thread_locals(idle.context, room, top);
    }
    constexpr std::uintptr_t unit = arch::Port::stack_alignment;
    return idle.stack.memory.first((top - bottom) / unit * unit);
}

void give_stack(Cpu& cpu) noexcept
{
    const std::uint32_t index = cpu.sharing.index;
    const arch::ThreadLocalRoom room = thread_local_room();
    const std::size_t bytes = config::idle_stack_size + room.size + room.alignment;
    invariant(allocate_stack_near(node_of_cpu(index), bytes, cpu.idle.stack), "no memory for the {} bytes of stack of CPU {} (IDLE_STACK_SIZE)",
              bytes, index);
}

/// Returns false if the hardware refuses; panics if it starts the CPU and that does not come.
bool start(Cpu& cpu) noexcept
{
    const std::uint32_t index = cpu.sharing.index;
    cpu.sharing.gone.store(false, std::memory_order_relaxed);
    if (!arch::Port::start_cpu(index, prepare_stack(cpu.idle), &cpu.idle)) {
        return false;
    }
    const arch::Ticks limit = arch::Port::now() + start_limit_s * arch::Port::ticks_per_second();
    while (!cpu.sharing.online.load(std::memory_order_acquire)) {
        invariant(arch::Port::now() < limit, "CPU {} was started and has not come within {} s", index, start_limit_s);
        arch::Port::relax();
    }
    return true;
}

}  // namespace

void start_other_cpus() noexcept
{
    if constexpr (config::sched_stealing) {
        prepare_stealing();
    }
    for (Cpu& cpu : cpus) {
        if (cpu.sharing.index != 0) {
            give_stack(cpu);
            invariant(start(cpu), "CPU {} does not start: the board has fewer than CPUS ({})", cpu.sharing.index, config::cpus);
        }
    }
}

bool start_again(Cpu& cpu) noexcept
{
    // What was on its way when it left.
    cpu.reschedule = false;
    cpu.slice_over = false;
    cpu.programmed = arch::no_deadline;
    cpu.armed_slice = arch::no_deadline;
    cpu.sharing.begin_slice = false;
    cpu.sharing.coming = nullptr;
    return start(cpu);
}

void start_secondary() noexcept
{
    Cpu& cpu = this_cpu();
    // Another CPU may have interrupted this one while it was away (idle CPUs are woken without a lock): that has come to nothing, and must
    // not keep the next one from being sent. What it was about is found as everything is: the CPU chooses anew, and looks for work.
    static_cast<void>(cpu.sharing.ipi.accept());
    start_cpu_schedule(cpu);
    idle(cpu);
}

}  // namespace pegplan::kernel
