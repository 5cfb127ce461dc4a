// The order of waiting threads.
#include "core/sync/wait_queue.hpp"

#include "core/thread/thread_control.hpp"

namespace pegplan::kernel {

void WaitQueue::insert(ThreadControl& thread) noexcept
{
    ThreadControl* const front = waiters_.front();
    if (front != nullptr && thread.priority > front->priority) {
        waiters_.push_front(thread);
        return;
    }
    if (front == nullptr || thread.priority <= front->ring_previous->priority) {
        waiters_.push_back(thread);
        return;
    }
    // From the back, past all that are less urgent; the front is not one of them.
    ThreadControl* behind = front->ring_previous;
    while (behind->ring_previous->priority < thread.priority) {
        behind = behind->ring_previous;
    }
    waiters_.insert_before(*behind, thread);
}

void WaitQueue::remove(ThreadControl& thread) noexcept
{
    waiters_.remove(thread);
}

}  // namespace pegplan::kernel
