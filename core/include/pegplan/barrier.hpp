// A barrier: a group of threads that meet at a point, again and again.
#pragma once

#include <pegplan/deadline.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "core/sync/wait_queue.hpp"

namespace pegplan {

namespace kernel {

class BarrierCore {
public:
    enum class Arrival : std::uint8_t { last, passed, timed_out };

    constexpr explicit BarrierCore(std::int32_t expected) noexcept : expected_{expected}
    {
        invariant(expected >= 1, "barrier: a group of {}", expected);
    }
    ~BarrierCore();
    BarrierCore(const BarrierCore&) = delete;
    BarrierCore& operator=(const BarrierCore&) = delete;

    /// The last of the group returns at once, and must call `open`; the others wait.
    Arrival arrive(Deadline deadline) noexcept;
    /// Leaves the group; returns whether the others were waiting for this one alone: then the caller must call `open`.
    [[nodiscard]] bool drop() noexcept;
    /// Lets everybody pass, and begins anew.
    void open() noexcept;

private:
    std::int32_t expected_;
    std::int32_t arrived_ = 0;
    std::uint32_t round_ = 0;
    bool complete_ = false;  ///< all have arrived, and the last one has not opened yet
    WaitQueue waiters_{};
    [[no_unique_address]] WaitLock lock_{};
};

struct NoCompletion {
    constexpr void operator()() const noexcept {}
};

}  // namespace kernel

/// As std::barrier: when all of the group have arrived, the last one calls `completion()`, and then all pass. From threads.
/// Destruction while threads wait panics.
template <std::invocable Completion = kernel::NoCompletion>
class Barrier {
public:
    /// A group of `expected` >= 1 threads.
    constexpr explicit Barrier(std::int32_t expected, Completion completion = {}) noexcept
        : core_{expected}, completion_(std::move(completion))
    {
    }

    /// Waits until all have arrived.
    void arrive_and_wait() noexcept { static_cast<void>(arrive_by(kernel::Deadline::never())); }

    /// The same for at most `limit`, or until `time`. False: not all have arrived by then, and this arrival is taken back.
    template <class Rep, class Period>
    [[nodiscard]] bool arrive_and_wait_for(std::chrono::duration<Rep, Period> limit) noexcept
    {
        return arrive_by(kernel::Deadline::after(limit));
    }
    template <class Duration>
    [[nodiscard]] bool arrive_and_wait_until(std::chrono::time_point<Clock, Duration> time) noexcept
    {
        return arrive_by(kernel::Deadline::at(time));
    }

    /// Leaves the group for good, as if arriving for the last time, without waiting. The last of the group may do so too.
    void arrive_and_drop() noexcept
    {
        if (core_.drop()) {
            complete();
        }
    }

private:
    bool arrive_by(kernel::Deadline deadline) noexcept
    {
        const auto arrival = core_.arrive(deadline);
        if (arrival == kernel::BarrierCore::Arrival::last) {
            complete();
        }
        return arrival != kernel::BarrierCore::Arrival::timed_out;
    }

    void complete() noexcept
    {
        completion_();
        core_.open();
    }

    kernel::BarrierCore core_;
    [[no_unique_address]] Completion completion_;
};

}  // namespace pegplan
