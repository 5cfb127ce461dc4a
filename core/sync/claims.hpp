// Which waits a waker may end: the places in a queue whose claim it gets (core/sync/wait_claim.hpp). On one CPU that is any.
#pragma once

#include "core/thread/thread_control.hpp"

namespace pegplan::kernel {

namespace claims {

template <class W>
[[gnu::always_inline]] inline bool take_out([[maybe_unused]] WaitQueue& queue, [[maybe_unused]] W& waiter) noexcept
{
    if constexpr (config::smp) {
        queue.remove(waiter);
        return waiter.thread->wait.claim.take();
    } else {
        return true;
    }
}

}  // namespace claims

/// Whether the caller may end the wait at a place of that queue, and so must. Where there are several CPUs it stands there no more.
/// The queue's lock is held.
[[gnu::always_inline]] inline bool claim(WaitQueue& queue, Waiter& waiter) noexcept
{
    return claims::take_out(queue, waiter);
}

/// The place that is to be woken first, or null. Where there are several CPUs: the first whose wait the caller may end, and must;
/// those before it are taken out of the queue, and so is it. The queue's lock is held.
[[gnu::always_inline]] inline Waiter* claim_front(WaitQueue& queue) noexcept
{
    Waiter* waiter = queue.front();
    while (waiter != nullptr && !claim(queue, *waiter)) {
        waiter = queue.front();
    }
    return waiter;
}

}  // namespace pegplan::kernel
