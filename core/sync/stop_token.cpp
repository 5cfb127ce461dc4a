// Requests to stop.
#include <pegplan/stop_token.hpp>

#include "core/sched/section.hpp"

namespace pegplan {

kernel::StopWait::StopWait(StopSource& of) noexcept
    : WaitCase{of.waiters_, of.lock_,
               [](WaitCase& self) noexcept { return static_cast<StopWait&>(self).source->stop_requested(); }},
      source{&of}
{
}

StopSource::~StopSource()
{
    kernel::invariant(waiters_.empty(), "a stop source was destroyed while threads waited for it");
    kernel::invariant(actions_.empty() && running_ == nullptr,
                      "a stop source was destroyed before the callbacks registered with it");
}

bool StopSource::request_stop() noexcept
{
    // Behind a section in which it wakes the last of those who wait, one of them may have destroyed this.
    kernel::StopAction* action = nullptr;
    {
        kernel::Section section{lock_};
        if (requested_.load(std::memory_order_relaxed)) {
            return false;
        }
        requested_.store(true, std::memory_order_release);
        requester_ = &section.self();
        while (kernel::Waiter* const waiter = kernel::claim_front(waiters_)) {
            section.wake(*waiter);
        }
        action = running_ = actions_.pop_front();
    }
    while (action != nullptr) {
        action->call(*action);
        kernel::Section section{lock_};
        action = running_ = actions_.pop_front();
        while (kernel::Waiter* const remover = kernel::claim_front(removers_)) {
            section.wake(*remover);
        }
    }
    return true;
}

bool StopSource::add(kernel::StopAction& action) noexcept
{
    const kernel::Section section{lock_};
    if (requested_.load(std::memory_order_relaxed)) {
        return false;
    }
    actions_.push_back(action);
    return true;
}

void StopSource::remove(kernel::StopAction& action) noexcept
{
    kernel::Section section{lock_};
    if (action.in_ring()) {
        actions_.remove(action);
        return;
    }
    // It is being called, or has been. One that removes itself does not wait for its own end.
    while (running_ == &action && requester_ != &section.self()) {
        kernel::Waiter place{removers_};
        section.wait(place, kernel::Deadline::never());
        section.resume();
    }
}

}  // namespace pegplan
