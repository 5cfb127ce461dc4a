// Stand-in for core/time/clock.cpp. There is no time in a model test: every deadline in the future may pass at any moment.
#include <pegplan/deadline.hpp>

namespace pegplan::kernel {

bool Deadline::is_over() const noexcept
{
    return *this == immediately();
}

Deadline Deadline::after_nanoseconds(std::chrono::nanoseconds) noexcept
{
    return Deadline{1};
}

}  // namespace pegplan::kernel
