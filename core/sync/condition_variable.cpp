// The condition variable: a wait queue that is entered in one step with leaving the mutex.
#include <pegplan/condition_variable.hpp>

#include "core/sched/section.hpp"

namespace pegplan {

ConditionVariable::~ConditionVariable()
{
    kernel::invariant(waiters_.empty(), "a condition variable was destroyed while threads waited for it");
}

WaitStatus ConditionVariable::wait_by(kernel::MutexCore& mutex, kernel::Deadline deadline) noexcept
{
    if (deadline.has_passed()) {
        return WaitStatus::timed_out;
    }
    kernel::WakeReason reason{};
    {
        kernel::Section section{lock_};
        kernel::Waiter place{waiters_};
        section.enter(place, deadline);
        section.release();
        mutex.leave_to_wait();
        reason = section.leave();
    }
    mutex.lock();
    return reason == kernel::WakeReason::woken ? WaitStatus::notified : WaitStatus::timed_out;
}

void ConditionVariable::notify_one() noexcept
{
    kernel::Section section{lock_};
    if (kernel::Waiter* const waiter = kernel::claim_front(waiters_)) {
        section.wake(*waiter);
    }
}

void ConditionVariable::notify_all() noexcept
{
    kernel::Section section{lock_};
    while (kernel::Waiter* const waiter = kernel::claim_front(waiters_)) {
        section.wake(*waiter);
    }
}

}  // namespace pegplan
