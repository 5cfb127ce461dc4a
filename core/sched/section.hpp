// The critical section of a primitive, and what happens in it: threads block, and threads are woken.
//
//     void Gate::pass_slowly() noexcept
//     {
//         Section section{lock_};
//         if (!open_) {
//             Waiter place{waiters_};
//             section.wait(place, Deadline::never());
//         }
//     }
//
//     void Gate::open() noexcept
//     {
//         Section section{lock_};
//         open_ = true;
//         while (Waiter* const waiter = waiters_.front()) {
//             section.wake(*waiter);
//         }
//     }   // whoever is the most urgent now runs here
//
// From the begin of a section to its end, or to the wait in it, nobody else changes the primitive, and no
// timeout expires. So a condition that has been found false stays false until the thread stands in the queue: no wake-up
// is lost. A wake-up and a time-out are decided once, because both take the thread out of all its queues and out of the timer
// queue in one piece, and only the first of them finds it there.
#pragma once

#include "core/sched/scheduler.hpp"

#include <pegplan/deadline.hpp>

namespace pegplan::kernel {

class Section {
public:
    [[gnu::always_inline]] explicit Section(WaitLock&) noexcept : Section{} {}

    /// Of the scheduler alone: for what concerns threads and no primitive.
    [[gnu::always_inline]] Section() noexcept : state_{arch::Port::irq_save()} { lock_kernel(); }

    /// Ends it; if it has readied a thread that must run, that thread runs. In an ISR that waits for the ISR's end.
    [[gnu::always_inline]] ~Section()
    {
        reschedule(this_cpu());
        unlock_kernel();
        arch::Port::irq_restore(state_);
    }
    Section(const Section&) = delete;
    Section& operator=(const Section&) = delete;

    /// The running thread.
    [[nodiscard]] ThreadControl& self() const noexcept { return *this_cpu().current; }

    /// Blocks the running thread at `place`, and at the places that follow it, until one of them is woken or the
    /// deadline has passed. From threads only: panics in an ISR. Others hold the primitive meanwhile.
    WakeReason wait(Waiter& place, Deadline deadline) noexcept
    {
        if (deadline.has_passed()) {
            return WakeReason::timed_out;
        }
        enter_wait(&place, deadline.ticks());
        return leave_wait();
    }

    /// Ends the wait of the thread that stands at `waiter`. From threads and ISRs.
    void wake(Waiter& waiter, WakeReason reason = WakeReason::woken) noexcept
    {
        ThreadControl& thread = *waiter.thread;
        kernel::wake(this_cpu(), thread, &waiter, reason);
    }

private:
    arch::IrqState state_;
};

}  // namespace pegplan::kernel
