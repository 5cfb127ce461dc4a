// The bit scans that compilers call where the hart has no instruction for them. The compiler's own library brings
// them for the ABI with floating-point registers alone.
#include "core/base/bit_scan.hpp"

extern "C" {
int __clzdi2(std::uint64_t value) noexcept;
int __ctzdi2(std::uint64_t value) noexcept;
}

/// The leading zeros of a value that is not zero.
int __clzdi2(std::uint64_t value) noexcept
{
    return static_cast<int>(pegplan::kernel::bit_scan::leading_zeros(value));
}

/// The trailing zeros of a value that is not zero.
int __ctzdi2(std::uint64_t value) noexcept
{
    return static_cast<int>(pegplan::kernel::bit_scan::trailing_zeros(value));
}
