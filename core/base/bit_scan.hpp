// The lowest and the highest bit of a word, also for CPUs without an instruction for that.
//
// There a compiler makes a call of each scan, and its caller saves registers around it. The lowest bit alone, which is found by two
// instructions, is one of 64 values that a multiplication tells apart; that is short enough to be where it is needed. So what is
// searched often is kept such that the lowest bit is what is asked for.
#pragma once

#include <pegplan/config/arch.hpp>

#include <array>
#include <bit>
#include <cstdint>

namespace pegplan::kernel {

namespace bit_scan {

/// A de Bruijn sequence: shifted to the left by 0 to 63 it begins with six other bits each time; and so do its products with
/// 2^n - 1 for n = 1 to 64.
inline constexpr std::uint64_t sequence = 0x03f7'9d71'b4cb'0a89;
inline constexpr int bits = 64;
inline constexpr int index_shift = 58;

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

/// The bit's number counted from the other end.
constexpr Table reverse(Table table) noexcept
{
    for (std::uint8_t& zeros : table) {
        zeros = static_cast<std::uint8_t>(bits - 1 - zeros);
    }
    return table;
}

inline constexpr Table leading = make_leading();
inline constexpr Table trailing = make_trailing();
inline constexpr Table leading_of_lowest = reverse(trailing);
static_assert(is_complete(leading) && is_complete(trailing));

/// The leading zeros of a value that is not zero. With all bits below its highest one set too, it is one of 64 values. No branches.
constexpr unsigned leading_zeros(std::uint64_t value) noexcept
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
constexpr unsigned trailing_zeros(std::uint64_t value) noexcept
{
    return trailing[sequence * (value & (~value + 1)) >> index_shift];
}

/// The zeros in front of the lowest bit of a value that is not zero.
[[gnu::always_inline]] constexpr unsigned leading_zeros_of_lowest(std::uint64_t value) noexcept
{
    return leading_of_lowest[sequence * (value & (~value + 1)) >> index_shift];
}

}  // namespace bit_scan

/// The number of the lowest bit of a word that is not zero.
[[gnu::always_inline]] constexpr unsigned lowest_bit(std::uint64_t word) noexcept
{
    return config::bit_scan ? static_cast<unsigned>(std::countr_zero(word)) : bit_scan::trailing_zeros(word);
}

/// The number of the highest bit of a word that is not zero.
constexpr unsigned highest_bit(std::uint64_t word) noexcept
{
    constexpr unsigned last = bit_scan::bits - 1;
    return last - (config::bit_scan ? static_cast<unsigned>(std::countl_zero(word)) : bit_scan::leading_zeros(word));
}

}  // namespace pegplan::kernel
