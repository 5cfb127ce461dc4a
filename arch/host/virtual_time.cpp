// Virtual time: where the compiler's calls arrive, idle CPUs, and loops without calls.
//
// With a sanitizer this file is compiled without its checks, since the signal may have interrupted the runtime.
#include "arch/host/virtual_time.hpp"

#include "arch/host/image.hpp"
#include "arch/host/start.hpp"
#include "arch/host/time.hpp"

#include <algorithm>
#include <string_view>
#include <unistd.h>

namespace pegplan::arch::host {

constinit Ticks VirtualTime::clock = 0;

namespace {

/// How much of its process's time an empty loop may take before it is noticed. A timer of this kind, unlike those of
/// real time, is never refused.
constexpr std::int64_t watch_microseconds = 1'000;
constexpr int watch_signal = SIGVTALRM;

void on_watch(int, siginfo_t*, void* context) noexcept
{
    auto& interrupted = *static_cast<ucontext_t*>(context);
    HostCpu& cpu = this_host_cpu();
    const std::uintptr_t place = program_counter(interrupted);
    if (cpu.masked.load(std::memory_order_relaxed) != 0 || !is_image_code(place) || !jumps_to_itself(place)) {
        return;
    }
    // As in real time (real_time.cpp), the thread is left from inside the handler.
    VirtualTime::wait(cpu);
    take_interrupts();
    interrupted.uc_stack = this_host_cpu().signal_stack;
}

}  // namespace

SystemResult VirtualTime::init_cpu(HostCpu&) noexcept
{
    const SystemResult installed = install_handler(watch_signal, &on_watch, 0);
    return installed.failed() ? installed : interrupt_by_used_time(watch_microseconds);
}

void VirtualTime::wait(HostCpu& cpu) noexcept
{
    if (cpu.deadline == no_deadline) {
        constexpr std::string_view message = "\npegplan: every thread waits or spins, and no deadline will end it\n";
        constexpr int stuck_exit_code = 255;  // that of a panic
        write_all(STDERR_FILENO, message);
        end_process(stuck_exit_code);
    }
    clock = std::max(clock, cpu.deadline);
}

}  // namespace pegplan::arch::host

/// Called by the application's code at the begin of each basic block: on its stack, as any function.
extern "C" void __sanitizer_cov_trace_pc() noexcept
{
    using namespace pegplan::arch::host;

    if constexpr (pegplan::config::host_virtual_time) {
        HostCpu& cpu = this_host_cpu();
        Time::pass(cpu);
        if (Time::is_due(cpu) && cpu.masked.load(std::memory_order_relaxed) == 0) [[unlikely]] {
            take_interrupts();
        }
    }
}
