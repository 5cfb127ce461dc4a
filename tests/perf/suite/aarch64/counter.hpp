// The instructions that have been executed, to one: under -icount shift=0 QEMU's cycle counter counts nothing else.
#pragma once

#include <cstdint>

namespace bench {

/// All 64 bits of it.
inline void enable_counter() noexcept
{
    constexpr std::uint64_t enable = 1 << 0;
    constexpr std::uint64_t all_64_bits = 1 << 6;
    constexpr std::uint64_t cycle_counter = std::uint64_t{1} << 31;
    asm volatile("msr pmccfiltr_el0, xzr\n\t"
                 "msr pmcntenset_el0, %0\n\t"
                 "msr pmcr_el0, %1\n\t"
                 "isb"
                 :
                 : "r"(cycle_counter), "r"(enable | all_64_bits)
                 : "memory");
}

[[gnu::always_inline]] inline std::uint64_t read_counter() noexcept
{
    std::uint64_t count;
    asm volatile("mrs %0, pmccntr_el0" : "=r"(count) : : "memory");
    return count;
}

/// Reads it to memory, with nothing but a store behind the reading.
[[gnu::always_inline]] inline void store_counter(std::uint64_t& place) noexcept
{
    std::uint64_t count;
    asm volatile("mrs %0, pmccntr_el0\n\tstr %0, %1" : "=&r"(count), "=m"(place) : : "memory");
}

}  // namespace bench
