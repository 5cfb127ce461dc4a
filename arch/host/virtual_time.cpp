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
    const std::uintptr_t place = program_counter(interrupted);
    if (masked() != 0 || !is_image_code(place) || !jumps_to_itself(place)) {
        return;
    }
    // As in real time (real_time.cpp), the thread is left from inside the handler.
    VirtualTime::wait(this_host_cpu());
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
    if constexpr (config::smp) {
        wait_among_many(cpu);
    } else {
        jump_to(cpu.deadline);
    }
}

void VirtualTime::jump_to(Ticks deadline) noexcept
{
    if (deadline == no_deadline) {
        constexpr std::string_view message = "\npegplan: every thread waits or spins, and no deadline will end it\n";
        constexpr int stuck_exit_code = 255;  // that of a panic
        write_all(STDERR_FILENO, message);
        end_process(stuck_exit_code);
    }
    clock = std::max(clock, deadline);
}

}  // namespace pegplan::arch::host

/// Called by the application's code at the begin of each basic block: on its stack, as any function.
extern "C" void __sanitizer_cov_trace_pc() noexcept
{
    using namespace pegplan::arch::host;

    if constexpr (pegplan::config::host_virtual_time) {
        if (!is_cpu()) {
            return;
        }
        Time::pass();
        if (Time::is_due() && masked() == 0) [[unlikely]] {
            take_interrupts();
        }
    }
}
