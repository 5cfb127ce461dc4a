// How much of a stack has been used: it is filled with a pattern before the thread runs, and the words at its low end
// that still have it have never been used. A thread that writes the very pattern there, and nothing below it, used more
// than that tells; so the pattern is an odd number that is no address.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace pegplan::kernel {

using StackWord = std::uintptr_t;
inline constexpr StackWord stack_paint = static_cast<StackWord>(0xa5c3'96a5'5a3c'695bULL);

/// How many bytes `painted_bytes` looks at in one call: it is called with interrupts masked.
inline constexpr std::size_t paint_step = 512;

/// Fills all of it. Its ends are aligned to words.
inline void paint_stack(std::span<std::byte> memory) noexcept
{
    auto* const first = reinterpret_cast<StackWord*>(memory.data());
    std::fill(first, first + memory.size() / sizeof(StackWord), stack_paint);
}

/// How many bytes from the low end on are as they were painted, when `from` of them are: up to `paint_step` more.
/// Returns `from` when there are no more.
[[nodiscard]] inline std::size_t painted_bytes(std::span<const std::byte> memory, std::size_t from) noexcept
{
    const std::size_t end = std::min(memory.size(), from + paint_step);
    std::size_t at = from;
    while (at + sizeof(StackWord) <= end &&
           *reinterpret_cast<const volatile StackWord*>(memory.data() + at) == stack_paint) {
        at += sizeof(StackWord);
    }
    return at;
}

}  // namespace pegplan::kernel
