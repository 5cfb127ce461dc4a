// The kernel's checks: functions rather than macros, with a checked format string that also carries the place.
#pragma once

#include <pegplan/config/observe.hpp>
#include <pegplan/panic.hpp>

namespace pegplan::kernel {

/// Misuse that no return value can report: always checked, and says with which values.
template <class... Arguments>
[[gnu::always_inline]] constexpr void invariant(bool holds, FormatString<Arguments...> format,
                                             const Arguments&... arguments) noexcept
{
    if (!holds) [[unlikely]] {
        // A copy, made here: the parameter itself would be written to the stack in front of the check, each time.
        const FormatString<Arguments...> failed = format;
        panic_at<Arguments...>(failed.text, failed.location, arguments...);
    }
}

/// The kernel's own consistency: checked in builds with ASSERTIONS.
template <class... Arguments>
[[gnu::always_inline]] constexpr void ensure(bool holds, FormatString<Arguments...> format,
                                          const Arguments&... arguments) noexcept
{
    if constexpr (config::assertions) {
        invariant<Arguments...>(holds, format, arguments...);
    }
}

}  // namespace pegplan::kernel
