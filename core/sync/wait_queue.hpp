// Threads that wait for the same thing, the most urgent first, equals in the order of their arrival.
//
// This is the one mechanism that blocks threads. A thread that waits stands in a wait queue with a `Waiter` on its own
// stack, in several queues with several of them, with a deadline or without. What a primitive wants to know of
// a waiting thread (where to put the message, how many units it asks for) it adds by deriving from Waiter. Blocking and
// waking are in core/sched/section.hpp; whoever does either holds the primitive's WaitLock.
#pragma once

#include "core/base/ring.hpp"
#include "core/smp/cpu_shared.hpp"

namespace pegplan::kernel {

struct ThreadControl;
class WaitQueue;

/// The lock of a primitive, by name: it protects its wait queues, and its state wherever an atomic operation alone does not. On one
/// CPU the interrupt mask, which each Section takes, is that lock; where there are several it is one of a table, chosen by
/// the address of this object (core/smp/locks.hpp).
struct WaitLock {};

/// A thread's place in a wait queue.
struct Waiter : RingLink<Waiter> {
    /// Where it stands, and whose it is, is set when it blocks.
    constexpr explicit Waiter(WaitQueue& where) noexcept : queue{&where} { ring_next = nullptr; }

    /// Told at the moment when the time limit has passed, which may be long before the thread runs: for what others
    /// wait for because of this one. It stands in no queue any more. In the timer's interrupt, with the lock held. Where there are
    /// several CPUs, somebody may have found the place, and taken it out, between the limit and this call.
    using GiveUp = void (*)(Waiter& place) noexcept;

    ThreadControl* thread;            ///< set when it blocks
    WaitQueue* queue;                 ///< where it stands, or will
    Waiter* next_place = nullptr;     ///< another place of the same thread
    GiveUp give_up = nullptr;
    [[no_unique_address]] PlaceSharing sharing{};
};

/// Whether no earlier place of its thread is in the same queue. (A thread may wait for a thing twice, and gets it once.)
[[nodiscard]] bool is_first_place_in_queue(const Waiter& waiter) noexcept;

class WaitQueue {
public:
    [[nodiscard]] bool empty() const noexcept { return waiters_.empty(); }

    /// Who is to be woken first, or null.
    [[nodiscard]] Waiter* front() const noexcept { return waiters_.front(); }

    /// The one behind `waiter`, or null.
    [[nodiscard]] Waiter* after(const Waiter& waiter) const noexcept
    {
        return waiter.ring_next != waiters_.front() ? waiter.ring_next : nullptr;
    }

    /// O(1) when the thread is the least urgent, or the most urgent; else linear in the waiters behind it.
    void insert(Waiter& waiter) noexcept
    {
        if (waiters_.empty()) [[likely]] {
            waiters_.push_back(waiter);
        } else {
            insert_among(waiter);
        }
    }
    void remove(Waiter& waiter) noexcept { waiters_.remove(waiter); }

private:
    void insert_among(Waiter& waiter) noexcept;

    Ring<Waiter> waiters_;
};

}  // namespace pegplan::kernel
