// Semaphores: a count of units that threads take and anybody gives.
//
//     BinarySemaphore arrived;               // given by an interrupt handler,
//     arrived.acquire();                     // waited for by a thread
//
//     Semaphore slots{4};                    // at most four at once
//
// Taking a unit that is there, and giving one for which nobody waits, is one atomic operation. Waiters get units in
// order of priority, equals in order of arrival, handed to them by the giver, so that nobody overtakes.
#pragma once

#include <pegplan/deadline.hpp>
#include <pegplan/kernel_atomic.hpp>
#include <pegplan/result.hpp>
#include <pegplan/wait_any.hpp>

#include <chrono>
#include <cstdint>
#include <limits>

namespace pegplan {

class Semaphore;

namespace kernel {

/// A thread that waits for a unit.
struct Acquisition : WaitCase {
    explicit Acquisition(Semaphore& semaphore) noexcept;

    Semaphore* semaphore;
};

}  // namespace kernel

/// Counting, in the manner of std::counting_semaphore. Destruction while threads wait panics.
class Semaphore {
public:
    static constexpr int largest = std::numeric_limits<int>::max();

    /// `initial` units, and never more than `maximum`. 0 <= initial <= maximum, maximum >= 1.
    constexpr explicit Semaphore(int initial = 0, int maximum = largest) noexcept : word_{initial}, maximum_{maximum}
    {
        kernel::invariant(0 <= initial && initial <= maximum && maximum >= 1, "semaphore: {} units of at most {}", initial,
                          maximum);
    }
    ~Semaphore();
    Semaphore(const Semaphore&) = delete;
    Semaphore& operator=(const Semaphore&) = delete;

    /// Takes a unit, waiting for one if there is none. From threads.
    void acquire() noexcept
    {
        if (!try_acquire()) [[unlikely]] {
            static_cast<void>(acquire_by(kernel::Deadline::never()));
        }
    }

    /// Takes a unit if there is one. From threads and ISRs; does not block; lock-free.
    [[nodiscard]] bool try_acquire() noexcept
    {
        std::int32_t units = word_.load(std::memory_order_relaxed);
        while (units > 0) {
            if (word_.compare_exchange_weak(units, units - 1, std::memory_order_acquire, std::memory_order_relaxed)) {
                return true;
            }
        }
        return false;
    }

    /// Takes a unit, waiting for at most `limit`; returns whether it has got one. From threads.
    template <class Rep, class Period>
    [[nodiscard]] bool try_acquire_for(std::chrono::duration<Rep, Period> limit) noexcept
    {
        return try_acquire() || acquire_by(kernel::Deadline::after(limit));
    }

    /// The same until `time`.
    template <class Duration>
    [[nodiscard]] bool try_acquire_until(std::chrono::time_point<Clock, Duration> time) noexcept
    {
        return try_acquire() || acquire_by(kernel::Deadline::at(time));
    }

    /// Gives `count` units, at least one; threads that waited for them and are more urgent than the caller run at once.
    /// Panics if there would be more than the maximum. From threads and ISRs; never blocks.
    void release(int count = 1) noexcept
    {
        const Result<void> released = try_release(count);
        kernel::invariant(released.has_value(), "semaphore: release of {} beyond the maximum of {}", count, maximum_);
    }

    /// The same, but Error::overflow, and nothing given, where there would be more than the maximum: so signals
    /// that nobody has taken yet merge.
    Result<void> try_release(int count = 1) noexcept
    {
        if (count == 1) {
            std::int32_t units = word_.load(std::memory_order_relaxed);
            while (units >= 0 && units < maximum_) {
                if (word_.compare_exchange_weak(units, units + 1, std::memory_order_release, std::memory_order_relaxed)) {
                    return {};
                }
            }
        }
        return release_slowly(count);
    }

    /// The units that are there at this moment. From anywhere.
    [[nodiscard]] int value() const noexcept
    {
        const std::int32_t units = word_.load(std::memory_order_relaxed);
        return units > 0 ? units : 0;
    }

private:
    friend struct kernel::Acquisition;

    /// Value of the word while threads may wait; the fast paths leave it alone.
    static constexpr std::int32_t contended = -1;

    [[gnu::noinline]] bool acquire_by(kernel::Deadline deadline) noexcept;
    [[gnu::noinline]] Result<void> release_slowly(int count) noexcept;
    [[gnu::noinline]] Result<void> release_many(int count) noexcept;
    Result<void> give_to_claimed(int count) noexcept;
    bool take_or_contend() noexcept;

    // The units, or `contended`. Giving is a release and taking an acquire, so that what the giver did before is visible
    // to the taker; units that are handed over under the lock need neither. `contended` is set and
    // ended under the lock alone.
    kernel::Atomic<std::int32_t> word_;
    std::int32_t maximum_;
    kernel::WaitQueue waiters_{};
    [[no_unique_address]] kernel::WaitLock lock_{};
};

/// One unit or none: a signal that is given and taken.
class BinarySemaphore : public Semaphore {
public:
    constexpr explicit BinarySemaphore(bool available = false) noexcept : Semaphore{available ? 1 : 0, 1} {}
};

namespace when {

/// For wait_any: a unit has been taken.
[[nodiscard]] inline kernel::Acquisition acquired(Semaphore& semaphore) noexcept
{
    return kernel::Acquisition{semaphore};
}

}  // namespace when

}  // namespace pegplan
