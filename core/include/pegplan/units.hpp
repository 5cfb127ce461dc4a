// Literals for sizes in bytes: 64_KiB, 2_MiB.
#pragma once

#include <cstddef>

namespace pegplan {

inline namespace literals {

constexpr std::size_t operator""_KiB(unsigned long long kibibytes) noexcept
{
    return static_cast<std::size_t>(kibibytes) * 1024;
}

constexpr std::size_t operator""_MiB(unsigned long long mebibytes) noexcept
{
    return static_cast<std::size_t>(mebibytes) * 1024 * 1024;
}

}  // namespace literals

}  // namespace pegplan
