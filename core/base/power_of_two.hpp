// Whether a number is a power of two. std::has_single_bit counts bits, which is a library's function on some architectures.
#pragma once

#include <cstddef>

namespace pegplan::kernel {

constexpr bool is_power_of_two(std::size_t value) noexcept
{
    return value != 0 && (value & (value - 1)) == 0;
}

}  // namespace pegplan::kernel
