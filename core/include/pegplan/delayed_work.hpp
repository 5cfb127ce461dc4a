// Work that is submitted to its queue at a time to come.
#pragma once

#include <pegplan/timer.hpp>
#include <pegplan/work_queue.hpp>

#include <chrono>
#include <concepts>
#include <utility>

namespace pegplan {

/// A piece of work with a queue and a timer of its own. Destroyed by threads; the destructor cancels it, and returns when the
/// function does not run any more. The other functions: from threads and ISRs, unless they say otherwise.
template <std::invocable F>
class DelayedWork {
public:
    DelayedWork(WorkQueue& queue, F function) noexcept : queue_{queue}, timer_{*this}, work_{std::move(function)} {}
    ~DelayedWork() { cancel_and_wait(); }

    /// Submits it after `delay`. One that waits for its time already gets the new one.
    template <class Rep, class Period>
    void submit_after(std::chrono::duration<Rep, Period> delay) noexcept
    {
        timer_.start(kernel::time_after(delay), std::chrono::nanoseconds{0});
    }
    /// The same at `time`.
    template <class Duration>
    void submit_at(std::chrono::time_point<Clock, Duration> time) noexcept
    {
        timer_.start(Clock::time_point{kernel::to_clock(time.time_since_epoch())}, std::chrono::nanoseconds{0});
    }
    /// Submits it now, whether it waits for its time or not.
    void submit() noexcept
    {
        timer_.stop();
        if (timer_.may_start()) {
            queue_.submit(work_);
        }
    }

    /// Returns whether it was waiting for its time, or to be done. It may be being done.
    bool cancel() noexcept
    {
        const bool was_waiting = timer_.stop();
        return queue_.cancel(work_) || was_waiting;
    }
    /// The same, and returns when it is not being done any more. Meanwhile nobody can submit it, its function included. From
    /// threads, not from the queue's own.
    bool cancel_and_wait() noexcept
    {
        const bool was_waiting = timer_.stop_for_good();
        const bool was_pending = queue_.cancel(work_);
        queue_.flush(work_);
        timer_.allow_starts();
        return was_waiting || was_pending;
    }
    /// Submits it now if it waits for its time, and returns when it has been done. From threads, not from the queue's own.
    void flush() noexcept
    {
        if (timer_.stop()) {
            queue_.submit(work_);
        }
        queue_.flush(work_);
    }

    /// Whether it waits for its time, or to be done.
    [[nodiscard]] bool is_pending() const noexcept { return timer_.is_running() || WorkQueue::is_pending(work_); }

private:
    struct Delay : kernel::TimerCore {
        explicit Delay(DelayedWork& of) noexcept
            : kernel::TimerCore{[](kernel::TimerCore& self) noexcept {
                  DelayedWork& owner = static_cast<Delay&>(self).owner;
                  owner.queue_.submit(owner.work_);
              }},
              owner{of}
        {
        }
        DelayedWork& owner;
    };

    WorkQueue& queue_;
    Delay timer_;
    Work<F> work_;
};

}  // namespace pegplan
