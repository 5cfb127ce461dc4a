// Time that passes by what the image does, and by nothing else: each run is the same.
//
// The clock stands still but for four things, each of which counts as one piece of straight code (HOST_BLOCK_NS): a basic
// block of the application, where the compiler has put a call (-fsanitize-coverage=trace-pc); a reading of the clock; a
// critical section of the kernel; a character on the console. So every loop that does not leave the application's code takes time, and so does every
// loop that waits for the kernel or the clock. When all CPUs idle, the clock jumps to the next deadline.
//
// An interrupt is taken at the first of these points, outside of critical sections, at which its deadline has passed: a
// spinning thread is preempted at one of its calls, in the place of a hardware interrupt between two instructions. What
// the application is linked with and the compiler has not marked takes no time.
//
// The compiler does not mark an empty loop: an instruction that jumps to itself. Whoever is there does nothing until the
// next interrupt, so the clock jumps to that, as if all CPUs were idle. A signal of Linux looks for such a loop now and
// then; when it comes makes no difference to what happens.
#pragma once

#include "arch/host/cpu.hpp"

#include <pegplan/config/host.hpp>

namespace pegplan::arch::host {

class VirtualTime {
public:
    static void init() noexcept {}
    static SystemResult init_cpu(HostCpu& cpu) noexcept;

    [[gnu::always_inline]] static Ticks now() noexcept { return clock += step; }

    static constexpr std::uint64_t ticks_per_second() noexcept { return 1'000'000'000; }

    static void set_deadline(Ticks deadline) noexcept { this_host_cpu().deadline = deadline; }

    [[gnu::always_inline]] static void pass(HostCpu&, std::size_t steps = 1) noexcept { clock += step * steps; }

    [[gnu::always_inline]] static bool is_due(const HostCpu& cpu) noexcept { return clock >= cpu.deadline; }

    static void acknowledge(HostCpu&) noexcept {}

    static void wait(HostCpu& cpu) noexcept;

private:
    static constexpr Ticks step = static_cast<Ticks>(config::host_block.count());

    static constinit Ticks clock;  ///< nanoseconds since the start
};

}  // namespace pegplan::arch::host
