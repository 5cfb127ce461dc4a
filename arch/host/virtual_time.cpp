// Virtual time: where the compiler's calls arrive, and idle CPUs.
#include "arch/host/virtual_time.hpp"

#include "arch/host/start.hpp"
#include "arch/host/time.hpp"

#include <algorithm>
#include <string_view>
#include <unistd.h>

namespace pegplan::arch::host {

constinit Ticks VirtualTime::clock = 0;

void VirtualTime::wait(HostCpu& cpu) noexcept
{
    if (cpu.deadline == no_deadline) {
        constexpr std::string_view message = "\npegplan: every thread waits, and no deadline will end it\n";
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
