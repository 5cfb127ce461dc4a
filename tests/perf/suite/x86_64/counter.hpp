// The instructions that have been executed, to one: under -icount shift=0 QEMU's time stamp counter counts nothing else.
#pragma once

#include <cstdint>

namespace bench {

[[gnu::always_inline]] inline std::uint64_t read_counter() noexcept
{
    std::uint32_t low;
    std::uint32_t high;
    asm volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
    return std::uint64_t{high} << 32 | low;
}

inline void enable_counter() noexcept {}

/// Reads it to memory, with nothing but two stores behind the reading.
[[gnu::always_inline]] inline void store_counter(std::uint64_t& place) noexcept
{
    asm volatile("rdtsc\n\tmovl %%eax, %0\n\tmovl %%edx, 4+%0" : "=o"(place) : : "rax", "rdx", "memory");
}

}  // namespace bench
