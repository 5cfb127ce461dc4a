// The order of waiting threads.
#include "core/sync/wait_queue.hpp"

#include "core/thread/thread_control.hpp"

namespace pegplan::kernel {

void WaitQueue::insert(Waiter& waiter) noexcept
{
    const auto priority_of = [](const Waiter* other) { return other->thread->priority; };
    const std::uint8_t priority = waiter.thread->priority;
    Waiter* const front = waiters_.front();
    if (front == nullptr || priority <= priority_of(front->ring_previous)) {
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
