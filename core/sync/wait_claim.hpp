// Who ends a wait: the one decision between wakers, the time limit, and the several things that a thread waits for at once.
//
// A thread arms the claim before it stands in any queue. Whoever wants to end its wait (a waker that has found one of its places in a
// queue, the timer's interrupt that has found its deadline) takes the claim first. The first one gets it, and says why the wait
// ends; all others have lost, and leave the thread alone.
//
// Invariants
//   I1  Between two calls of `arm`, at most one `take` returns true: exchange is one step, and nobody else stores 1.
//   I2  Whoever calls `take` does so in the wait that he means: he has found the thread by a place that stands in a queue, with
//       that queue's lock held, or by its deadline in a timer queue, with that queue's lock held; and a thread does not come back
//       from a wait before all its places and its deadline have been taken out under these locks.
//
// Memory orders: all relaxed. That `arm` comes before a `take` of the same wait is ordered by the lock of the queue in which the place,
// or the deadline, was found. What the winner writes for the thread is ordered by the lock of the thread's domain, under which it is
// readied. The losers read nothing that the winner writes. What remains is that one exchange reads 1, which is atomicity alone.
//
// Progress: both calls are wait-free. Model test: tests/model/wait_claim_test.cpp.
#pragma once

#include <pegplan/lockfree/atomics.hpp>

#include <cstdint>

namespace pegplan::kernel {

template <class Atomics = StdAtomics>
class WaitClaim {
public:
    constexpr WaitClaim() noexcept = default;

    /// By the thread that is about to wait, before anybody can find it.
    void arm() noexcept { open_.store(1, std::memory_order_relaxed); }

    /// Whether the caller is the one who ends the wait.
    [[nodiscard]] bool take() noexcept
    {
        return open_.exchange(0, std::memory_order_relaxed) != 0;
    }

private:
    typename Atomics::template atomic<std::uint32_t> open_{0};
};

}  // namespace pegplan::kernel
