// What the data cache and memory know of each other, for those who reach memory past the caches: a CPU whose are off.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pegplan::arch::aarch64 {

/// Calls `operation(address)` for each line of the data cache that holds some of [begin, end), and waits until that has
/// taken effect.
template <class Operation>
[[gnu::always_inline]] inline void for_each_cache_line(const void* begin, const void* end, Operation operation) noexcept
{
    constexpr int smallest_line_shift = 16;  // CTR_EL0.DminLine, in words of 4 bytes, as a power of two
    constexpr std::uint64_t smallest_line_mask = 0xf;
    constexpr std::size_t word = 4;
    std::uint64_t cache_type;
    asm("mrs %0, ctr_el0" : "=r"(cache_type));
    const std::size_t line = word << (cache_type >> smallest_line_shift & smallest_line_mask);
    const auto first = reinterpret_cast<std::uintptr_t>(begin) / line * line;
    for (std::uintptr_t at = first; at < reinterpret_cast<std::uintptr_t>(end); at += line) {
        operation(at);
    }
    asm volatile("dsb sy" : : : "memory");
}

/// Drops what the data cache may hold of memory that has been written past it.
inline void invalidate(const void* begin, const void* end) noexcept
{
    for_each_cache_line(begin, end, [](std::uintptr_t at) { asm volatile("dc ivac, %0" : : "r"(at) : "memory"); });
}

/// Writes to memory what the data cache may hold of it, for somebody who reads past it.
inline void clean(const void* begin, const void* end) noexcept
{
    for_each_cache_line(begin, end, [](std::uintptr_t at) { asm volatile("dc cvac, %0" : : "r"(at) : "memory"); });
}

}  // namespace pegplan::arch::aarch64
