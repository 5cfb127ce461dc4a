// The CPUs of an image that has several. Compiled with SMP alone.
#include "arch/host/smp.hpp"

#include "arch/host/time.hpp"
#include "core/kernel_entry.hpp"

#include <utility>

namespace pegplan::arch::host {

constinit std::array<HostCpu*, config::cpus> all_cpus{};

}  // namespace pegplan::arch::host

// Each pthread has its own, at the same distance from its thread pointer. They are no thread_local objects of the image's, which
// belong to threads: hence the section (templates/process.ld.j2), and they are never named in C++, but in the assembly
// of host_machine.hpp.
extern "C" {
[[gnu::used, gnu::section(".tdata.pegplan_first")]] constinit thread_local pegplan::arch::host::HostCpu pegplan_host_cpu{};
[[gnu::used, gnu::section(".tdata.pegplan_first")]] constinit thread_local std::byte* pegplan_thread_pointer = nullptr;
}

namespace pegplan::arch::host {

void become_cpu(unsigned number) noexcept
{
    HostCpu& cpu = *static_cast<HostCpu*>(record_of_pthread());
    // A CPU's first context has the objects that the C library has made for the pthread, until it is left.
    set_thread_pointer(pthread_pointer());
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
        // What was asked of it while it did not run, or just before, means the CPU that has stopped.
        own.asked.store(0, std::memory_order_relaxed);
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
