// One image, many ways to end: which one a boot is to show is a number that QEMU puts into the middle of RAM before the
// image starts (`scenario` in test_endings.py). Without it the number is 0.
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" {
extern std::byte __arena_end[];
}

namespace scenario {

/// How far before the end of RAM: where neither firmware nor the first stacks lie.
inline constexpr std::uintptr_t distance = std::uintptr_t{32} << 20;

inline std::uint32_t number() noexcept
{
    return *reinterpret_cast<const volatile std::uint32_t*>(reinterpret_cast<std::uintptr_t>(__arena_end) - distance);
}

}  // namespace scenario
