// A fair lock for short critical sections between CPUs: who asks first, gets it first.
//
// Two counters: `next_` hands out tickets, `serving_` says whose turn it is. The lock is free when they are equal.
// Taking a ticket and looking at `serving_` is one atomic read-modify-write and one load; leaving is one store, because
// only the owner writes `serving_`. After Reed and Kanodia, "Synchronization with eventcounts and sequencers",
// CACM 22(2), 1979; as a lock: Mellor-Crummey and Scott, "Algorithms for scalable synchronization on shared-memory
// multiprocessors", ACM TOCS 9(1), 1991.
//
// Invariants
//   I1  No two holders have the same ticket: fetch_add and compare_exchange are atomic, whatever their order.
//   I2  `serving_` is the ticket of the holder, or of the next to come; only the holder writes it, once, adding 1.
//   I3  serving_ <= next_ modulo 2^32, and next_ - serving_ is the number of CPUs that hold or wait. It stays far below
//       2^32, so wrapping is harmless.
//
// Memory orders
//   - unlock stores `serving_` with release; lock and try_lock load with acquire the very value that the store wrote
//     (I2: every value is written once in 2^32 turns). This one pair carries everything from a critical section to
//     the next.
//   - fetch_add on `next_` is relaxed: a ticket is only a number, and its holder has not entered yet. So is the
//     compare_exchange of try_lock, which comes after the acquiring load.
//   - unlock loads `serving_` relaxed: the last one to write it was this CPU, or the one it acquired from.
//
// Progress: first come, first served; the waiting time is bounded by the number of CPUs times the longest critical
// section, if holders are not preempted. Hence a holder keeps interrupts masked, and a thread never blocks with it.
// try_lock is wait-free, and fails when anybody holds or waits.
//
// Model test: tests/model/ticket_lock_test.cpp.
#pragma once

#include <pegplan/lockfree/atomics.hpp>

#include <cstdint>

namespace pegplan::kernel {

/// Not recursive. Satisfies Lockable, so std::scoped_lock and std::unique_lock take it.
///
/// Context: threads and ISRs, with interrupts masked by the caller from before the lock until after the unlock.
/// Errors: none. Locking twice on one CPU hangs, unlocking a free lock breaks it; lock ranks are the caller's.
template <class Atomics = StdAtomics>
class TicketLock {
public:
    constexpr TicketLock() noexcept = default;
    TicketLock(const TicketLock&) = delete;
    TicketLock& operator=(const TicketLock&) = delete;

    /// Returns when this CPU holds the lock. Spins until all who came earlier have left.
    void lock() noexcept
    {
        const Ticket ticket = next_.fetch_add(1, std::memory_order_relaxed);
        Atomics::wait_until(serving_, std::memory_order_acquire,
                            [ticket](Ticket serving) { return serving == ticket; });
    }

    /// The same, and calls `meanwhile()` again and again while it waits. What that does must not need the lock.
    template <class Meanwhile>
    void lock(Meanwhile meanwhile) noexcept
    {
        const Ticket ticket = next_.fetch_add(1, std::memory_order_relaxed);
        while (serving_.load(std::memory_order_acquire) != ticket) {
            meanwhile();
        }
    }

    /// Takes the lock if nobody holds it or waits for it. False: not taken, nothing is ordered.
    [[nodiscard]] bool try_lock() noexcept
    {
        // Both counters are equal when the lock is free. If `next_` still has the value that `serving_` had, nobody has
        // taken a ticket since, so the turn is still this one's. May fail when the lock becomes free at this moment.
        Ticket ticket = serving_.load(std::memory_order_acquire);
        const Ticket following = ticket + 1;
        return next_.compare_exchange_strong(ticket, following, std::memory_order_relaxed, std::memory_order_relaxed);
    }

    /// Gives the lock to who has waited longest. Only by the holder.
    void unlock() noexcept
    {
        const Ticket ticket = serving_.load(std::memory_order_relaxed);
        serving_.store(ticket + 1, std::memory_order_release);
    }

private:
    using Ticket = std::uint32_t;

    typename Atomics::template atomic<Ticket> next_{0};
    typename Atomics::template atomic<Ticket> serving_{0};
};

}  // namespace pegplan::kernel
