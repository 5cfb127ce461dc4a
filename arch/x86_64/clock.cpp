// Finds the rates of the time stamp counter and the local APIC's timer.
#include "arch/x86_64/clock.hpp"

#include "arch/x86_64/calibration.hpp"
#include "arch/x86_64/cpu.hpp"
#include "arch/x86_64/devices.hpp"
#include "arch/x86_64/vectors.hpp"

#include <pegplan/config/smp.hpp>

#include <cstdint>

namespace pegplan::arch::x86_64 {
namespace {

using Reference = board::Timer::Reference;

/// The measured rates are right to one part in this many.
constexpr std::uint64_t accuracy = 500;

/// The timer's rate is divided down to this: intervals of 5 ns are finer than any interrupt is prompt, and the slower
/// the timer, the farther its 32 bits reach.
constexpr std::uint64_t timer_rate_limit = 200'000'000;
constexpr unsigned largest_divider_log2 = 7;

/// a * b / c, where the result fits. One instruction each: the compiler's library for wide divisions may keep data
/// below the stack pointer, where interrupts write.
std::uint64_t scale(std::uint64_t a, std::uint64_t b, std::uint64_t c) noexcept
{
    std::uint64_t high;
    asm("mulq %[b]; divq %[c]" : "+a"(a), "=&d"(high) : [b] "r"(b), [c] "r"(c) : "cc");
    return a;
}

/// What was measured, before the timer's divider.
struct Measurement {
    std::uint64_t ticks_per_second;
    std::uint64_t timer_counts;  ///< in the time of `ticks`
    std::uint64_t ticks;
};

/// The same moment on both clocks.
struct Moment {
    std::uint64_t ticks;
    std::uint32_t timer_remaining;
};

/// The best of a few readings. Never inlined, so that what passes between the two clocks' readings is the same at the
/// start and at the end of the measurement and cancels out.
[[gnu::noinline]] Moment read_moment() noexcept
{
    constexpr int readings = 3;

    Moment best{};
    std::uint64_t best_time = ~std::uint64_t{0};
    for (int i = 0; i < readings; ++i) {
        const std::uint64_t before = read_time_stamp_counter();
        const std::uint32_t remaining = board::Timer::timer_remaining();
        const std::uint64_t after = read_time_stamp_counter();
        if (after - before < best_time) {
            best_time = after - before;
            best = {before, remaining};
        }
    }
    return best;
}

Measurement measure() noexcept
{
    board::Timer::init_timer(vector_timer, 0);
    board::Timer::start_timer(board::Timer::timer_count_max);
    Reference::start();
    Moment start{};
    Moment end{};
    const Comparison comparison =
        compare([] { return Reference::count(); }, [] { return read_time_stamp_counter(); }, accuracy,
                [&start] { start = read_moment(); }, [&end] { end = read_moment(); });
    Reference::stop();
    return {scale(comparison.fast, Reference::frequency, comparison.slow), start.timer_remaining - end.timer_remaining,
            end.ticks - start.ticks};
}

/// The counter's frequency: what the CPU says it is, exactly, if that is near the truth (hypervisors pass on what is
/// not theirs), else the measured one.
std::uint64_t best_frequency(std::uint64_t measured) noexcept
{
    constexpr std::uint64_t plausible = 100;  // one part in this many

    const CpuId id = cpuid_if_present(leaf_time_stamp_counter);
    if (id.eax == 0 || id.ebx == 0 || id.ecx == 0) {
        return measured;
    }
    const std::uint64_t stated = std::uint64_t{id.ecx} * id.ebx / id.eax;  // the crystal's, times a ratio
    const std::uint64_t difference = stated > measured ? stated - measured : measured - stated;
    return difference <= measured / plausible ? stated : measured;
}

}  // namespace

void init_clocks() noexcept
{
    const Measurement measured = measure();

    // The divided rate must also be below the counter's, for the ratio to be a fraction of 2^64.
    const std::uint64_t timer_rate = scale(measured.ticks_per_second, measured.timer_counts, measured.ticks);
    unsigned divider_log2 = 0;
    while (divider_log2 < largest_divider_log2 &&
           (timer_rate >> divider_log2 > timer_rate_limit || measured.timer_counts >> divider_log2 >= measured.ticks)) {
        ++divider_log2;
    }
    board::Timer::init_timer(vector_timer, divider_log2);

    if constexpr (config::smp) {
        timer_divider_log2 = divider_log2;
    }

    constexpr int half_word = 32;
    const std::uint64_t divided_ticks = measured.ticks << divider_log2;
    clock_rates.ticks_per_second = best_frequency(measured.ticks_per_second);
    clock_rates.timer_per_tick =
        scale(measured.timer_counts << half_word, std::uint64_t{1} << half_word, divided_ticks);
    clock_rates.timer_reach = scale(board::Timer::timer_count_max, divided_ticks, measured.timer_counts);
}

}  // namespace pegplan::arch::x86_64
