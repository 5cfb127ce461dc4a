// Between nanoseconds and the ticks of a counter, for any counter.
//
// Both directions multiply by a ratio with 64 significant bits, which is off by less than one unit in 2^63; where the frequency is
// a compile-time constant the ratio is one too. Nothing divides at run time.
#pragma once

#include "arch/port.hpp"

#include <bit>
#include <cstdint>
#include <type_traits>

namespace pegplan::kernel {

inline constexpr std::uint64_t nanoseconds_per_second = 1'000'000'000;

/// The longest time that deadlines and slices are made of: far beyond any machine's life, and far enough from the
/// end of the number range that sums of it do not wrap.
inline constexpr arch::Ticks longest_ticks = arch::Ticks{1} << 62;

/// Multiplication by numerator / denominator as (x * factor) >> shift, with the largest factor of 64 bits. The factor
/// is rounded up, so that products that should be whole numbers are.
struct Ratio {
    std::uint64_t factor;
    int shift;

    static constexpr Ratio of(std::uint64_t numerator, std::uint64_t denominator) noexcept
    {
        // Long division of numerator * 2^shift by denominator, a bit at a time, until 64 significant bits are found.
        std::uint64_t factor = numerator / denominator;
        std::uint64_t rest = numerator % denominator;
        int shift = 0;
        while (std::countl_zero(factor) > 0 && shift < 127) {
            rest <<= 1;
            factor <<= 1;
            if (rest >= denominator) {
                rest -= denominator;
                factor |= 1;
            }
            ++shift;
        }
        return {rest == 0 ? factor : factor + 1, shift};
    }

    /// Rounded down; saturates at `longest_ticks`.
    [[nodiscard]] constexpr std::uint64_t apply(std::uint64_t value) const noexcept
    {
        const auto product = static_cast<unsigned __int128>(value) * factor >> shift;
        return product > longest_ticks ? longest_ticks : static_cast<std::uint64_t>(product);
    }
};

template <class Port>
concept HasConstantFrequency = requires { typename std::integral_constant<std::uint64_t, Port::ticks_per_second()>; };

/// Conversions for the counter of `Port`.
template <class Port>
class TimeScale {
public:
    /// The time that `ticks` take, rounded down.
    static std::uint64_t nanoseconds(arch::Ticks ticks) noexcept { return to_nanoseconds().apply(ticks); }

    /// The ticks after which at least `nanoseconds` have passed.
    static arch::Ticks ticks(std::uint64_t nanoseconds) noexcept
    {
        arch::Ticks result = to_ticks().apply(nanoseconds);
        if (result < longest_ticks && TimeScale::nanoseconds(result) < nanoseconds) {
            ++result;
        }
        return result;
    }

    /// Fixes the ratios. Once, before the first conversion, where the frequency is found out at boot.
    static void initialize() noexcept
    {
        if constexpr (!HasConstantFrequency<Port>) {
            measured_to_nanoseconds = Ratio::of(nanoseconds_per_second, Port::ticks_per_second());
            measured_to_ticks = Ratio::of(Port::ticks_per_second(), nanoseconds_per_second);
        }
    }

private:
    static constexpr Ratio to_nanoseconds() noexcept
    {
        if constexpr (HasConstantFrequency<Port>) {
            return std::integral_constant<Ratio, Ratio::of(nanoseconds_per_second, Port::ticks_per_second())>::value;
        } else {
            return measured_to_nanoseconds;
        }
    }

    static constexpr Ratio to_ticks() noexcept
    {
        if constexpr (HasConstantFrequency<Port>) {
            return std::integral_constant<Ratio, Ratio::of(Port::ticks_per_second(), nanoseconds_per_second)>::value;
        } else {
            return measured_to_ticks;
        }
    }

    static inline Ratio measured_to_nanoseconds{};
    static inline Ratio measured_to_ticks{};
};

}  // namespace pegplan::kernel
