// Event flags: the end of waits.
#include <pegplan/event_flags.hpp>

#include "core/sched/section.hpp"

namespace pegplan {

kernel::FlagWait::FlagWait(EventFlags& of, std::uint32_t which, bool all_of_them, bool clear_on_exit) noexcept
    : WaitCase{of.waiters_, of.lock_,
               [](WaitCase& self) noexcept {
                   auto& wait = static_cast<FlagWait&>(self);
                   return wait.events->take_or_contend(wait);
               }},
      events{&of}, mask{which}, all{all_of_them}, clear{clear_on_exit}
{
    invariant(mask != 0, "event flags: a wait for no flag would {}", all ? "not wait" : "never end");
}

EventFlags::~EventFlags()
{
    kernel::invariant(waiters_.empty(), "event flags were destroyed while threads waited for them");
}

/// Ends the wait if its condition holds.
bool EventFlags::take(kernel::FlagWait& wait) noexcept
{
    Word word = word_.load(std::memory_order_acquire);
    while (wait.holds(static_cast<Flags>(word))) {
        wait.seen = static_cast<Flags>(word);
        if (!wait.clear ||
            word_.compare_exchange_weak(word, word & ~Word{wait.mask}, std::memory_order_acquire, std::memory_order_relaxed)) {
            return true;
        }
    }
    return false;
}

/// The same, or makes those who set flags look for waiters. The lock is held.
bool EventFlags::take_or_contend(kernel::FlagWait& wait) noexcept
{
    // Whoever sets flags behind this line comes to the lock, and finds the waiter.
    word_.fetch_or(contended, std::memory_order_relaxed);
    return take(wait);
}

Result<EventFlags::Flags> EventFlags::wait_by(Flags mask, bool all, OnExit on_exit, kernel::Deadline deadline) noexcept
{
    kernel::FlagWait wait{*this, mask, all, on_exit == OnExit::clear};
    if (take(wait)) {
        return wait.seen;
    }
    if (deadline == kernel::Deadline::immediately()) {
        return Error::timed_out;
    }
    kernel::Section section{lock_};
    if (take_or_contend(wait) || section.wait(wait, deadline) == kernel::WakeReason::woken) {
        return wait.seen;
    }
    return Error::timed_out;
}

EventFlags::Flags EventFlags::wake_all_for_whom_it_holds() noexcept
{
    kernel::Section section{lock_};
    const auto flags = static_cast<Flags>(word_.load(std::memory_order_relaxed));
    Flags cleared = 0;
    kernel::Waiter* next = nullptr;
    for (kernel::Waiter* waiter = waiters_.front(); waiter != nullptr; waiter = next) {
        auto& wait = static_cast<kernel::FlagWait&>(*waiter);
        next = waiters_.after(wait);
        if (wait.holds(flags) && kernel::claim(waiters_, wait)) {
            wait.seen = flags;
            cleared |= wait.clear ? wait.mask : 0;
            section.wake(wait);
            if (next != nullptr && !next->in_ring()) {
                next = waiters_.front();  // it was another place of the same thread; those before it do not hold
            }
        }
    }
    // Cleared are those alone which have been seen: others may have been set since. Acquire: a flag of one who has not come to the
    // lock yet may have ended a wait here, or may be taken away, set again since it was seen; what was done before that must be
    // visible to those who go on now.
    word_.fetch_and(~(Word{cleared & flags} | (waiters_.empty() ? contended : 0)), std::memory_order_acquire);
    return flags;
}

}  // namespace pegplan
