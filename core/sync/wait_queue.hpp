// Threads that wait for the same thing, the most urgent first, equals in the order of their arrival.
//
// This is the one mechanism that blocks threads: `kernel::block` (core/sched/scheduler.hpp) puts the running thread
// into a wait queue, a deadline, or both, and `kernel::wake` takes it out. The scheduler lock protects it.
#pragma once

#include "core/base/ring.hpp"

namespace pegplan::kernel {

struct ThreadControl;

class WaitQueue {
public:
    [[nodiscard]] bool empty() const noexcept { return waiters_.empty(); }

    /// Who is to be woken first, or null.
    [[nodiscard]] ThreadControl* front() const noexcept { return waiters_.front(); }

    /// O(1) when the thread is the least urgent, or the most urgent; else linear in the waiters behind it.
    void insert(ThreadControl& thread) noexcept;
    void remove(ThreadControl& thread) noexcept;

private:
    Ring<ThreadControl> waiters_;
};

}  // namespace pegplan::kernel
