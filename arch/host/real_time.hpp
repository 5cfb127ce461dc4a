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

    static void pass(std::size_t = 1) noexcept {}

    [[gnu::always_inline]] static bool is_due() noexcept
    {
        if constexpr (config::smp) {
            return load_of_cpu<std::uint32_t, offsetof(HostCpu, pending)>() != 0;
        } else {
            return uniprocessor.pending.load(std::memory_order_relaxed) != 0;
        }
    }

    static bool acknowledge(HostCpu& cpu) noexcept
    {
        bool is_timer = true;
        if constexpr (config::smp) {
            is_timer = (cpu.pending.exchange(0, std::memory_order_relaxed) & pending_timer) != 0;
        } else {
            cpu.pending.store(0, std::memory_order_relaxed);
        }
        std::atomic_signal_fence(std::memory_order_seq_cst);
        return is_timer;
    }

    static void wait(HostCpu& cpu) noexcept
    {
        while (!is_due()) {
            wait_while(cpu.pending, 0);
        }
    }

    static void start(HostCpu&) noexcept {}
    static void enter(HostCpu&) noexcept {}
    static void stop(HostCpu& cpu) noexcept;
    static void leave(HostCpu&) noexcept {}
    static void ask(HostCpu& cpu) noexcept;
    static void halt() noexcept;
    static void spin() noexcept;

    // What is pending: bits of HostCpu::pending.
    static constexpr std::uint32_t pending_timer = 1;
    static constexpr std::uint32_t pending_ipi = 2;

private:
    static constinit bool counter_is_trusted;
    static constinit std::uint64_t frequency;
};

}  // namespace pegplan::arch::host
