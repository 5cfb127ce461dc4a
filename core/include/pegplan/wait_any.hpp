// Waiting for whichever of several things comes first.
//
//     Message message;
//     switch (wait_any(when::acquired(stop), when::received(inbox, message))) {
//     case 0: return;
//     case 1: handle(message); break;
//     }
//
// Each case is taken in the same way as by the call of its own: the unit is gone from the semaphore, the message from
// the queue. Exactly one of them is taken. Of several that are there at once it is the first in the list.
#pragma once

#include <pegplan/deadline.hpp>
#include <pegplan/result.hpp>

#include <concepts>
#include <cstddef>
#include <span>

#include "core/sync/wait_queue.hpp"

namespace pegplan {

namespace kernel {

/// A place in the wait queue of a primitive that can be one of several. Each primitive derives its own from it, adds
/// what the waker needs to know, and makes it in a function of namespace `when`.
struct WaitCase : Waiter {
    /// Takes what is waited for if it is there. Called with the primitive's lock held.
    using Attempt = bool (*)(WaitCase&) noexcept;

    constexpr WaitCase(WaitQueue& where, WaitLock& of, Attempt how) noexcept : Waiter{where}, lock{&of}, attempt{how} {}

    WaitLock* lock;
    Attempt attempt;
};

/// The index of the case that has been taken, or `none_taken`.
std::size_t wait_for_any(std::span<WaitCase* const> cases, Deadline deadline) noexcept;

inline constexpr std::size_t none_taken = ~std::size_t{0};

template <std::derived_from<WaitCase>... Cases>
std::size_t wait_for_any_of(Deadline deadline, Cases&... cases) noexcept
{
    static_assert(sizeof...(Cases) > 0, "a wait for nothing would never end");
    WaitCase* const list[] = {&cases...};
    return wait_for_any(list, deadline);
}

}  // namespace kernel

/// Waits until one of `cases` (made by the functions of namespace `when`) has been taken; returns its index. From threads.
template <std::derived_from<kernel::WaitCase>... Cases>
[[nodiscard]] std::size_t wait_any(Cases... cases) noexcept
{
    return kernel::wait_for_any_of(kernel::Deadline::never(), cases...);
}

/// The same for at most `limit`. Error: timed_out; then nothing has been taken.
template <class Rep, class Period, std::derived_from<kernel::WaitCase>... Cases>
[[nodiscard]] Result<std::size_t> wait_any_for(std::chrono::duration<Rep, Period> limit, Cases... cases) noexcept
{
    const std::size_t index = kernel::wait_for_any_of(kernel::Deadline::after(limit), cases...);
    return index != kernel::none_taken ? Result<std::size_t>{index} : Error::timed_out;
}

/// The same until `time`.
template <class Duration, std::derived_from<kernel::WaitCase>... Cases>
[[nodiscard]] Result<std::size_t> wait_any_until(std::chrono::time_point<Clock, Duration> time, Cases... cases) noexcept
{
    const std::size_t index = kernel::wait_for_any_of(kernel::Deadline::at(time), cases...);
    return index != kernel::none_taken ? Result<std::size_t>{index} : Error::timed_out;
}

}  // namespace pegplan
