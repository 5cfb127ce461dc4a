// The latch.
#include <pegplan/latch.hpp>

#include "core/sched/section.hpp"

namespace pegplan {

kernel::LatchWait::LatchWait(Latch& of) noexcept
    : WaitCase{of.waiters_, of.lock_,
               [](WaitCase& self) noexcept { return static_cast<LatchWait&>(self).latch->try_wait(); }},
      latch{&of}
{
}

Latch::~Latch()
{
    kernel::invariant(waiters_.empty(), "a latch was destroyed while threads waited for it");
}

void Latch::count_down(std::int32_t by) noexcept
{
    std::int32_t count = count_.load(std::memory_order_relaxed);
    while (by >= 0 && count > by) {
        if (count_.compare_exchange_weak(count, count - by, std::memory_order_release, std::memory_order_relaxed)) {
            return;
        }
    }
    kernel::Section section{lock_};
    const std::int32_t before = count_.fetch_sub(by, std::memory_order_acq_rel);
    kernel::invariant(by >= 0 && before >= by, "latch: a count of {} was lowered by {}", before, by);
    if (before == by) {
        while (kernel::Waiter* const waiter = kernel::claim_front(waiters_)) {
            section.wake(*waiter);
        }
    }
}

bool Latch::wait_by(kernel::Deadline deadline) noexcept
{
    kernel::Section section{lock_, kernel::wakes_nobody};
    kernel::LatchWait place{*this};
    return try_wait() || section.wait_and_leave(place, deadline) == kernel::WakeReason::woken;
}

}  // namespace pegplan
