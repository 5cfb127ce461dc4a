// The CPUs of an image that has several. Compiled with SMP alone.
#include "arch/host/smp.hpp"

#include "arch/host/time.hpp"
#include "core/kernel_entry.hpp"

#include <utility>

namespace pegplan::arch::host {

constinit std::array<HostCpu*, config::cpus> all_cpus{};

}  // namespace pegplan::arch::host

// Each pthread has its own, at the same distance from its thread pointer. It is no thread_local object of the image's:
// it stays when threads are switched, hence the section (templates/process.ld.j2). Only its address is taken here; all else
// goes through load_of_cpu and store_to_cpu, since a compiler may keep the address of such an object where it should not.
extern "C" {
[[gnu::used, gnu::section(".tdata.pegplan_first")]] alignas(64) constinit thread_local pegplan::arch::host::HostCpu
    pegplan_host_cpu{};
}

namespace pegplan::arch::host {

void become_cpu(unsigned number) noexcept
{
    HostCpu& cpu = pegplan_host_cpu;
    if (number == 0) {
        cpu.many.state.store(CpuState::runs, std::memory_order_relaxed);
    }
    cpu.many.self = &cpu;
    cpu.many.number = number;
    cpu.many.pthread = current_pthread();
    all_cpus[number] = &cpu;
}

bool start_cpu(unsigned number, std::span<std::byte> stack, void* current) noexcept
{
    if (number >= all_cpus.size()) {
        return false;
    }
    OneOfMany& cpu = all_cpus[number]->many;
    while (cpu.state.load(std::memory_order_acquire) == CpuState::leaves) {
        Time::spin();
    }
    if (cpu.state.load(std::memory_order_acquire) != CpuState::stopped) {
        return false;
    }
    cpu.stack = stack;
    cpu.first_current = current;
    Time::start(*all_cpus[number]);
    cpu.state.store(CpuState::runs, std::memory_order_release);
    wake_one(cpu.state);
    return true;
}

void serve_as_secondary() noexcept
{
    HostCpu& cpu = this_host_cpu();
    OneOfMany& own = cpu.many;
    own.outside.fiber.adopt();
    for (;;) {
        while (own.state.load(std::memory_order_acquire) != CpuState::runs) {
            wait_while(own.state, CpuState::stopped);
        }
        Time::enter(cpu);
        own.current = own.first_current;
        own.begins = true;
        own.inside.fiber.init(own.stack);
        const auto end = reinterpret_cast<std::uintptr_t>(own.stack.data() + own.stack.size());
        init_machine_context(own.inside.machine, own.stack.data() + own.stack.size() - end % machine_stack_alignment,
                             [](void*) noexcept { kernel::start_secondary(); }, nullptr);
        own.outside.fiber.leave(own.inside.fiber);
        switch_machine_context(own.outside.machine, own.inside.machine);
        own.outside.fiber.arrive();
        Time::stop(cpu);
        own.asked.store(0, std::memory_order_relaxed);
        own.state.store(CpuState::stopped, std::memory_order_release);
        Time::leave(cpu);
    }
}

void stop_this_cpu() noexcept
{
    OneOfMany& own = this_host_cpu().many;
    own.state.store(CpuState::leaves, std::memory_order_relaxed);
    own.inside.fiber.release();
    own.inside.fiber.leave(own.outside.fiber);
    switch_machine_context(own.inside.machine, own.outside.machine);
    __builtin_unreachable();
}

bool is_first_step_of_cpu() noexcept
{
    return std::exchange(this_host_cpu().many.begins, false);
}

}  // namespace pegplan::arch::host
