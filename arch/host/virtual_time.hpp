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
//
// Of several CPUs one runs at a time; the others' pthreads sleep. It gives the turn to the next one that has something to do, in
// the order of their numbers, when it idles, when it waits for another CPU in a loop (Port::relax), and after HOST_TURN of
// the steps by which time passes, be it in a critical section or not. After an interrupt of another CPU the next step
// ends the turn. So the clock counts what all CPUs do together, as that of an emulator does which executes one after the
// other, and the order of all that happens between CPUs follows from the image alone.
//
// The turn is no synchronisation that a program could rely on; so it is hidden from the thread sanitizer, which finds data
// races between CPUs in virtual time too.
#pragma once

#include "arch/host/cpu.hpp"

#include <pegplan/config/host.hpp>

namespace pegplan::arch::host {

class VirtualTime {
public:
    static void init() noexcept {}
    static SystemResult init_cpu(HostCpu& cpu) noexcept;

    [[gnu::always_inline]] static Ticks now() noexcept
    {
        if constexpr (config::smp) {
            return now_of_many();
        } else {
            return clock += step;
        }
    }

    static constexpr std::uint64_t ticks_per_second() noexcept { return 1'000'000'000; }

    static void set_deadline(Ticks deadline) noexcept
    {
        if constexpr (config::smp) {
            set_deadline_of_many(deadline);
        } else {
            uniprocessor.deadline = deadline;
        }
    }

    [[gnu::always_inline]] static void pass(std::size_t steps = 1) noexcept
    {
        if constexpr (config::smp) {
            pass_of_many(steps);
        } else {
            clock += step * steps;
        }
    }

    [[gnu::always_inline]] static bool is_due() noexcept
    {
        if constexpr (config::smp) {
            return is_due_of_many();
        } else {
            return clock >= uniprocessor.deadline;
        }
    }

    static bool acknowledge(HostCpu& cpu) noexcept
    {
        if constexpr (config::smp) {
            return is_due_by_time(cpu);
        } else {
            return true;
        }
    }

    static void wait(HostCpu& cpu) noexcept;

    static void start(HostCpu& cpu) noexcept;
    static void enter(HostCpu& cpu) noexcept;
    static void stop(HostCpu& cpu) noexcept;
    static void leave(HostCpu& cpu) noexcept;
    static void ask(HostCpu& cpu) noexcept;
    static void halt() noexcept;
    static void spin() noexcept;

private:
    /// Nothing happens before `deadline`. Ends the process if there is none.
    static void jump_to(Ticks deadline) noexcept;

    // With several CPUs (virtual_turns.cpp), compiled without the checks of a sanitizer.
    static void wait_among_many(HostCpu& cpu) noexcept;
    static void end_turn(HostCpu& cpu) noexcept;
    static HostCpu& next_in_turn(const HostCpu& cpu) noexcept;
    static Ticks now_of_many() noexcept;
    static void set_deadline_of_many(Ticks deadline) noexcept;
    static void pass_of_many(std::size_t steps) noexcept;
    static bool is_due_of_many() noexcept;
    static bool is_due_by_time(const HostCpu& cpu) noexcept;
    static bool is_due(const HostCpu& cpu) noexcept;

    static constexpr Ticks step = static_cast<Ticks>(config::host_block.count());

    static constinit Ticks clock;  ///< nanoseconds since the start
};

}  // namespace pegplan::arch::host
