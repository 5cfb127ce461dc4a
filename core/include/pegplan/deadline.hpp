// The moment at which a wait ends at the latest.
#pragma once

#include <pegplan/clock.hpp>

#include <chrono>
#include <cstdint>

namespace pegplan::kernel {

/// In the unit of the hardware's counter, so that it is converted once. What all timed calls are made of:
/// `_for(limit)` waits until `after(limit)`, `_until(time)` until `at(time)`, and a call without limit until `never()`.
class Deadline {
public:
    using Ticks = std::uint64_t;

    static constexpr Deadline never() noexcept { return Deadline{~Ticks{0}}; }

    /// Has passed already, whatever the time: to try without waiting.
    static constexpr Deadline immediately() noexcept { return Deadline{0}; }

    template <class Rep, class Period>
    static Deadline after(std::chrono::duration<Rep, Period> limit) noexcept
    {
        return after_nanoseconds(to_clock(limit));
    }

    template <class Duration>
    static Deadline at(std::chrono::time_point<Clock, Duration> time) noexcept
    {
        return at_nanoseconds(to_clock(time.time_since_epoch()));
    }

    [[nodiscard]] constexpr Ticks ticks() const noexcept { return ticks_; }

    /// Whether a wait until then would end at once. From anywhere.
    [[nodiscard]] bool has_passed() const noexcept { return *this != never() && is_over(); }

    constexpr auto operator<=>(const Deadline&) const noexcept = default;

private:
    constexpr explicit Deadline(Ticks ticks) noexcept : ticks_{ticks} {}

    static Deadline after_nanoseconds(std::chrono::nanoseconds limit) noexcept;
    static Deadline at_nanoseconds(std::chrono::nanoseconds time) noexcept;
    [[nodiscard]] bool is_over() const noexcept;

    Ticks ticks_;
};

}  // namespace pegplan::kernel
