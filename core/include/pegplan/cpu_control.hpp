// Taking CPUs out of service and back into it while the program runs: to save energy, or to leave one to somebody else.
//
//     stop_cpu(CpuId{3}).value();       // threads go elsewhere; the CPU is off
//     start_cpu(CpuId{3}).value();      // it takes part again
#pragma once

#include <pegplan/config/smp.hpp>
#include <pegplan/cpu_set.hpp>
#include <pegplan/error.hpp>
#include <pegplan/result.hpp>
#include <pegplan/types.hpp>

namespace pegplan {

namespace kernel {

Result<void> stop_cpu(CpuId cpu) noexcept;
Result<void> start_cpu(CpuId cpu) noexcept;
[[nodiscard]] CpuSet online_cpus() noexcept;

}  // namespace kernel

/// Takes a CPU out of service, and returns when it does nothing any more. Its threads go on where else their affinity lets them; those that
/// may use no other CPU that is in service go on on the first one until theirs is back. Sleeps and time limits stay what they are;
/// functions of timers that were started there are called on the first CPU. No effect on one that is out of service already.
/// From threads, also from one that runs there. The time that it takes grows with the number of threads and timers there; interrupts
/// are masked for one of them at a time.
/// Errors: no_such_cpu; first_cpu, which must stay; deadlines_admitted, when threads with deadlines have been promised time there
/// (SCHED_EDF).
inline Result<void> stop_cpu(CpuId cpu) noexcept
{
    if (cpu.index() >= cpu_count) {
        return Error::no_such_cpu;
    }
    if (cpu.index() == 0) {
        return Error::first_cpu;
    }
    if constexpr (config::smp) {
        return kernel::stop_cpu(cpu);
    }
    return {};
}

/// Puts a CPU back into service, and returns when it schedules. Threads that may use no other go there; with global placement it takes
/// what is due, with partitioned placement new threads come. No effect on one that is in service. From threads; takes
/// milliseconds.
/// Errors: no_such_cpu; cpu_does_not_start, when the hardware or firmware refuses.
inline Result<void> start_cpu(CpuId cpu) noexcept
{
    if (cpu.index() >= cpu_count) {
        return Error::no_such_cpu;
    }
    if constexpr (config::smp) {
        return kernel::start_cpu(cpu);
    }
    return {};
}

/// The CPUs in service. Others may change that at any moment. From anywhere.
[[nodiscard]] inline CpuSet online_cpus() noexcept
{
    if constexpr (config::smp) {
        return kernel::online_cpus();
    }
    return CpuSet::all();
}

}  // namespace pegplan
