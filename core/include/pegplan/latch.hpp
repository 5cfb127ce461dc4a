// A latch: threads wait until a count has come down to zero, once.
#pragma once

#include <pegplan/deadline.hpp>
#include <pegplan/kernel_atomic.hpp>
#include <pegplan/wait_any.hpp>

#include <chrono>
#include <cstdint>

namespace pegplan {

class Latch;

namespace kernel {

struct LatchWait : WaitCase {
    explicit LatchWait(Latch& latch) noexcept;

    Latch* latch;
};

}  // namespace kernel

/// As std::latch. It may be destroyed as soon as a wait for it has ended. Destruction while threads wait panics.
class Latch {
public:
    /// expected >= 0.
    constexpr explicit Latch(std::int32_t expected) noexcept : count_{expected}
    {
        kernel::invariant(expected >= 0, "latch: a count of {}", expected);
    }
    ~Latch();
    Latch(const Latch&) = delete;
    Latch& operator=(const Latch&) = delete;

    /// Lowers the count; panics below zero. From threads and ISRs; never blocks.
    void count_down(std::int32_t by = 1) noexcept;

    /// Whether the count is zero. From anywhere.
    [[nodiscard]] bool try_wait() const noexcept { return count_.load(std::memory_order_acquire) == 0; }

    /// Waits until it is. From threads.
    void wait() noexcept { static_cast<void>(wait_by(kernel::Deadline::never())); }

    /// The same for at most `limit`, or until `time`; returns whether the count is zero.
    template <class Rep, class Period>
    [[nodiscard]] bool wait_for(std::chrono::duration<Rep, Period> limit) noexcept
    {
        return try_wait() || wait_by(kernel::Deadline::after(limit));
    }
    template <class Duration>
    [[nodiscard]] bool wait_until(std::chrono::time_point<Clock, Duration> time) noexcept
    {
        return try_wait() || wait_by(kernel::Deadline::at(time));
    }

    void arrive_and_wait(std::int32_t by = 1) noexcept
    {
        count_down(by);
        wait();
    }

private:
    friend struct kernel::LatchWait;

    bool wait_by(kernel::Deadline deadline) noexcept;

    // Counting down is a release, and seeing zero an acquire of all of them (each is a read-modify-write, and so
    // continues the release sequences of the earlier ones). The last step is taken under the lock, so that no waiter can destroy
    // the latch before those who have waited longer are awake.
    kernel::Atomic<std::int32_t> count_;
    kernel::WaitQueue waiters_{};
    [[no_unique_address]] kernel::WaitLock lock_{};
};

namespace when {

/// For wait_any: the count is zero.
[[nodiscard]] inline kernel::LatchWait open(Latch& latch) noexcept
{
    return kernel::LatchWait{latch};
}

}  // namespace when

}  // namespace pegplan
