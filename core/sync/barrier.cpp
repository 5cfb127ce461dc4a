// The barrier. Between the last arrival and the opening the group is complete: who arrives then, before those of this round have passed,
// would belong to the next round, but the group has no more threads than it was said to have.
#include <pegplan/barrier.hpp>

#include "core/sched/section.hpp"

namespace pegplan::kernel {

BarrierCore::~BarrierCore()
{
    invariant(waiters_.empty(), "a barrier was destroyed while threads waited at it");
}

BarrierCore::Arrival BarrierCore::arrive(Deadline deadline) noexcept
{
    Section section{lock_};
    invariant(!complete_ && arrived_ < expected_, "barrier: more threads arrive than the {} of its group", expected_);
    if (arrived_ + 1 == expected_) {
        complete_ = true;
        return Arrival::last;
    }
    if (deadline.has_passed()) {
        return Arrival::timed_out;
    }
    struct Place : Waiter {
        explicit Place(BarrierCore& of) noexcept : Waiter{of.waiters_}, barrier{of}, round{of.round_} {}
        BarrierCore& barrier;
        std::uint32_t round;
        bool counts = true;
    };
    Place place{*this};
    // At the limit itself: who arrives before this thread runs again must not count it, unless it has been counted.
    place.give_up = [](Waiter& waiter) noexcept {
        auto& self = static_cast<Place&>(waiter);
        self.counts = self.barrier.complete_ || self.barrier.round_ != self.round;
        self.barrier.arrived_ -= self.counts ? 0 : 1;
    };
    ++arrived_;
    if (section.block(place, deadline) == WakeReason::woken) {
        return Arrival::passed;
    }
    if (!place.counts) {
        return Arrival::timed_out;
    }
    // The limit has passed during the completion: it is too late to take the arrival back.
    section.resume();
    if (round_ == place.round) {
        section.wait(place, Deadline::never());
    }
    return Arrival::passed;
}

bool BarrierCore::drop() noexcept
{
    const Section section{lock_};
    invariant(expected_ > arrived_ && !complete_, "barrier: a thread leaves a group that it is not in");
    --expected_;
    complete_ = expected_ > 0 && arrived_ == expected_;
    return complete_;
}

void BarrierCore::open() noexcept
{
    Section section{lock_};
    complete_ = false;
    arrived_ = 0;
    ++round_;
    while (Waiter* const waiter = claim_front(waiters_)) {
        section.wake(*waiter);
    }
}

}  // namespace pegplan::kernel
