// What threads ask of scheduling policies that do not go by priority. What each of them means: docs/scheduling.md.
#pragma once

#include <pegplan/config/sched.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <type_traits>

namespace pegplan {

/// What a thread with a deadline gets (SCHED_EDF): `runtime` in each `period`, at most `deadline` after the period's begin.
/// EDF_RUNTIME_MIN_US <= runtime <= deadline <= period.
struct DeadlineParameters {
    std::chrono::nanoseconds runtime;
    std::chrono::nanoseconds deadline;
    std::chrono::nanoseconds period;
};

/// Weights (SCHED_FAIR) are 1 to this.
inline constexpr std::uint32_t max_weight = 10'000;

/// That of the main thread.
inline constexpr std::uint32_t default_weight = 100;

namespace kernel {

/// An option of a policy that is not in the image.
struct NoOption {
    constexpr NoOption& operator=(const auto&) noexcept { return *this; }
};

template <bool available, class T>
using OptionOf = std::conditional_t<available, std::optional<T>, NoOption>;

}  // namespace kernel

}  // namespace pegplan
