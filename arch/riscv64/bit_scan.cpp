// The bit scans that compilers call where the hart has no instruction for them. The compiler's own library brings
// them for the ABI with floating-point registers alone.
#include <array>
#include <cstdint>

extern "C" {
int __clzdi2(std::uint64_t value) noexcept;
int __ctzdi2(std::uint64_t value) noexcept;
}

namespace {

/// A de Bruijn sequence: shifted to the left by 0 to 63 it begins with six other bits each time; and so do its products with
/// 2^n - 1 for n = 1 to 64.
constexpr std::uint64_t sequence = 0x03f7'9d71'b4cb'0a89;
constexpr int bits = 64;
constexpr int index_shift = 58;

/// What the six bits stand for.
using Table = std::array<std::uint8_t, bits>;

constexpr Table make_leading() noexcept
{
    Table table{};
    std::uint64_t ones = 0;
    for (int zeros = bits - 1; zeros >= 0; --zeros) {
        ones = ones << 1 | 1;
        table[sequence * ones >> index_shift] = static_cast<std::uint8_t>(zeros);
    }
    return table;
}

constexpr Table make_trailing() noexcept
{
    Table table{};
    for (int zeros = 0; zeros < bits; ++zeros) {
        table[sequence << zeros >> index_shift] = static_cast<std::uint8_t>(zeros);
    }
    return table;
}

constexpr bool is_complete(const Table& table) noexcept
{
    std::uint64_t seen = 0;
    for (const std::uint8_t zeros : table) {
        seen |= std::uint64_t{1} << zeros;
    }
    return ~seen == 0;
}

constexpr Table leading = make_leading();
constexpr Table trailing = make_trailing();
static_assert(is_complete(leading) && is_complete(trailing));

}  // namespace

/// The leading zeros of a value that is not zero. With all bits below its highest one set too, it is one of 64 values, which a
/// multiplication tells apart. No branches: the run queue asks for this at every switch that is not a yield.
int __clzdi2(std::uint64_t value) noexcept
{
    value |= value >> 1;
    value |= value >> 2;
    value |= value >> 4;
    value |= value >> 8;
    value |= value >> 16;
    value |= value >> 32;
    return leading[sequence * value >> index_shift];
}

/// The trailing zeros of a value that is not zero: its lowest bit shifts the sequence by them.
int __ctzdi2(std::uint64_t value) noexcept
{
    return trailing[sequence * (value & (~value + 1)) >> index_shift];
}
