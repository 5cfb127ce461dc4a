// The kernel's clock.
#pragma once

#include <chrono>
#include <cstdint>
#include <ratio>
#include <type_traits>

namespace pegplan {

/// A monotonic clock of the std::chrono kind with the resolution of the hardware's counter. It starts at some moment
/// before boot and runs while the CPU sleeps.
struct Clock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<Clock>;
    static constexpr bool is_steady = true;

    /// The time. From anywhere; does not block.
    [[nodiscard]] static time_point now() noexcept;
};

namespace kernel {

/// Any duration as the clock's, rounded up; one that the clock cannot count becomes the longest that it can.
template <class Rep, class Period>
constexpr std::chrono::nanoseconds to_clock(std::chrono::duration<Rep, Period> duration) noexcept
{
    using std::chrono::nanoseconds;
    if (duration < duration.zero()) {
        return nanoseconds{-1};  // all of the past is the same to a deadline
    }
    if constexpr (std::chrono::treat_as_floating_point_v<Rep>) {
        using InNanoseconds = std::chrono::duration<Rep, std::nano>;
        if (!(InNanoseconds{duration} < InNanoseconds{nanoseconds::max()})) {  // nor is it if it is no number
            return nanoseconds::max();
        }
    } else if constexpr (std::ratio_equal_v<Period, std::nano> && std::is_unsigned_v<Rep>) {
        if (duration.count() > static_cast<std::uintmax_t>(nanoseconds::max().count())) {
            return nanoseconds::max();
        }
    } else if constexpr (std::ratio_greater_v<Period, std::nano>) {
        // Compared in the duration's own, coarser unit, in which the limit fits. If that is no whole number of nanoseconds, the
        // conversion must not overflow on its way, which needs some distance.
        using InNanoseconds = std::ratio_divide<Period, std::nano>;
        constexpr std::intmax_t longest = nanoseconds::max().count() / InNanoseconds::num - (InNanoseconds::den > 1 ? 1 : 0);
        if (duration > std::chrono::duration<std::intmax_t, Period>{longest}) {
            return nanoseconds::max();
        }
    }
    return std::chrono::ceil<nanoseconds>(duration);
}

}  // namespace kernel

}  // namespace pegplan
