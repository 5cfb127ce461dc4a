// The order of waiting threads.
#include "core/sync/wait_queue.hpp"

#include "core/thread/thread_control.hpp"

namespace pegplan::kernel {

namespace {

/// By which it stands in its queue: its thread's, or where others may be changing that, what it was when it was put there.
template <class W>
std::uint8_t priority_of(const W* waiter) noexcept
{
    if constexpr (config::smp) {
        return waiter->sharing.priority;
    } else {
        return waiter->thread->priority;
    }
}

}  // namespace

/// The queue is not empty.
void WaitQueue::insert_among(Waiter& waiter) noexcept
{
    const std::uint8_t priority = priority_of(&waiter);
    Waiter* const front = waiters_.front();
    if (priority <= priority_of(front->ring_previous)) {
        waiters_.push_back(waiter);
        return;
    }
    if (priority > priority_of(front)) {
        waiters_.push_front(waiter);
        return;
    }
    // From the back, past all that are less urgent; the front is not one of them.
    Waiter* behind = front->ring_previous;
    while (priority_of(behind->ring_previous) < priority) {
        behind = behind->ring_previous;
    }
    waiters_.insert_before(*behind, waiter);
}

bool is_first_place_in_queue(const Waiter& waiter) noexcept
{
    const Waiter* place = waiter.thread->places;
    while (place->queue != waiter.queue) {
        place = place->next_place;
    }
    return place == &waiter;
}

}  // namespace pegplan::kernel
