// The instructions that have been executed, to one: under -icount shift=0 a counter of QEMU's counts nothing else.
#pragma once

#include <cstdint>

namespace bench {

inline void enable_counter() noexcept {}

[[gnu::always_inline]] inline std::uint64_t read_counter() noexcept
{
    std::uint64_t count;
    asm volatile("rdinstret %0" : "=r"(count) : : "memory");
    return count;
}

/// Reads it to memory, with nothing but a store behind the reading.
[[gnu::always_inline]] inline void store_counter(std::uint64_t& place) noexcept
{
    std::uint64_t count;
    asm volatile("rdinstret %0\n\tsd %0, %1" : "=&r"(count), "=m"(place) : : "memory");
}

}  // namespace bench
