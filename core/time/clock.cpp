// The clock, and deadlines on it.
#include <pegplan/clock.hpp>
#include <pegplan/deadline.hpp>

#include "core/time/conversion.hpp"

namespace pegplan {

Clock::time_point Clock::now() noexcept
{
    const auto count = static_cast<rep>(kernel::KernelTime::nanoseconds(arch::Port::now()));
    return time_point{duration{count}};
}

namespace kernel {

static_assert(Deadline::never().ticks() == arch::no_deadline);

Deadline Deadline::after_nanoseconds(std::chrono::nanoseconds limit) noexcept
{
    return limit.count() > 0 ? Deadline{arch::Port::now() + to_ticks(limit)} : immediately();
}

Deadline Deadline::at_nanoseconds(std::chrono::nanoseconds time) noexcept
{
    return Deadline{to_ticks(time)};
}

bool Deadline::is_over() const noexcept
{
    return ticks_ == 0 || ticks_ <= arch::Port::now();
}

}  // namespace kernel

}  // namespace pegplan
