// Clock::now.
#include <pegplan/clock.hpp>

#include "core/time/conversion.hpp"

namespace pegplan {

Clock::time_point Clock::now() noexcept
{
    const auto count = static_cast<rep>(kernel::KernelTime::nanoseconds(arch::Port::now()));
    return time_point{duration{count}};
}

}  // namespace pegplan
