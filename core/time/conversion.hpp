// Between std::chrono and the counter of the architecture.
#pragma once

#include "core/time/time_scale.hpp"

#include <pegplan/board/arch.hpp>

#include <chrono>

namespace pegplan::kernel {

using KernelTime = TimeScale<arch::Port>;

/// The length of `duration` in ticks, rounded up; 0 for a negative one.
inline arch::Ticks to_ticks(std::chrono::nanoseconds duration) noexcept
{
    return duration.count() > 0 ? KernelTime::ticks(static_cast<std::uint64_t>(duration.count())) : 0;
}

}  // namespace pegplan::kernel
