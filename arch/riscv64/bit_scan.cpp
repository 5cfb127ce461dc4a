// The bit scans that compilers call where the hart has no instruction for them. The compiler's own library brings
// them for the ABI with floating-point registers alone.
#include <cstdint>

extern "C" {
int __clzdi2(std::uint64_t value) noexcept;
int __ctzdi2(std::uint64_t value) noexcept;
}

namespace {

/// Shifts `value` left by `Step` if its upper `Step` bits are zero, and says by how much.
template <int Step>
int normalize(std::uint64_t& value) noexcept
{
    constexpr int bits = 64;
    if (value >> (bits - Step) != 0) {
        return 0;
    }
    value <<= Step;
    return Step;
}

}  // namespace

/// The leading zeros of a value that is not zero.
int __clzdi2(std::uint64_t value) noexcept
{
    int zeros = normalize<32>(value);
    zeros += normalize<16>(value);
    zeros += normalize<8>(value);
    zeros += normalize<4>(value);
    zeros += normalize<2>(value);
    return zeros + normalize<1>(value);
}

/// The trailing zeros of a value that is not zero: those below its lowest bit, which is the only one left.
int __ctzdi2(std::uint64_t value) noexcept
{
    constexpr int bits = 64;
    return bits - 1 - __clzdi2(value & (~value + 1));
}
