// The machine's time: the counter that Linux derives its own clocks from, and a timer of Linux for each CPU.
//
// Reading the counter is an instruction. Where Linux does not trust it (its source of time is another one), neither does
// the port, and reads CLOCK_MONOTONIC.
#pragma once

#include "arch/host/cpu.hpp"

namespace pegplan::arch::host {

class RealTime {
public:
    /// Finds out the rate of the clock. Once, before the kernel starts.
    static void init() noexcept;

    /// Gives the calling CPU its timer. Masked.
    static SystemResult init_cpu(HostCpu& cpu) noexcept;

    [[gnu::always_inline]] static Ticks now() noexcept
    {
        return counter_is_trusted ? read_counter() : monotonic_nanoseconds();
    }

    static std::uint64_t ticks_per_second() noexcept { return frequency; }

    static void set_deadline(Ticks deadline) noexcept;

    static void pass(HostCpu&, std::size_t = 1) noexcept {}

    [[gnu::always_inline]] static bool is_due(const HostCpu& cpu) noexcept
    {
        return cpu.pending.load(std::memory_order_relaxed) != 0;
    }

    static void acknowledge(HostCpu& cpu) noexcept
    {
        cpu.pending.store(0, std::memory_order_relaxed);
        std::atomic_signal_fence(std::memory_order_seq_cst);
    }

    static void wait(HostCpu& cpu) noexcept
    {
        while (!is_due(cpu)) {
            wait_while(cpu.pending, 0);
        }
    }

private:
    static constinit bool counter_is_trusted;
    static constinit std::uint64_t frequency;
};

}  // namespace pegplan::arch::host
