// What comes of a step on the kernel.
#pragma once

#include "script.hpp"

#include <pegplan/error.hpp>
#include <pegplan/result.hpp>

namespace fuzz {

/// What came of a step.
struct Answer {
    Outcome outcome;
    int value = 0;
};

inline constexpr Answer done{Outcome::done};
inline constexpr Answer skipped{Outcome::skipped};

constexpr std::size_t index(int number) noexcept
{
    return static_cast<std::size_t>(number);
}

template <class Number>
constexpr Answer answered(Number value) noexcept
{
    return {Outcome::done, static_cast<int>(value)};
}

constexpr Answer refused(pegplan::Error error) noexcept
{
    return {Outcome::refused, static_cast<int>(error)};
}

constexpr Answer said(const pegplan::Result<void>& result) noexcept
{
    return result ? done : refused(result.error());
}

/// Of a wait that ends with success or at its limit.
constexpr Answer waited(bool success) noexcept
{
    return success ? done : Answer{Outcome::timed_out};
}

template <class Number>
constexpr Answer waited(const pegplan::Result<Number>& result) noexcept
{
    return result ? answered(result.value()) : Answer{Outcome::timed_out};
}

}  // namespace fuzz
