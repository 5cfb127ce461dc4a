// Waiting until something that a mutex guards has become true.
//
//     Mutex<State> state;
//     ConditionVariable changed;
//
//     auto guard = state.lock();                                   // one thread waits
//     changed.wait(guard, [&] { return guard->ready; });
//
//     { auto guard = state.lock(); guard->ready = true; }          // another makes it true
//     changed.notify_one();
#pragma once

#include <pegplan/deadline.hpp>
#include <pegplan/mutex.hpp>

#include <chrono>

#include "core/sync/wait_queue.hpp"

namespace pegplan {

/// What std::cv_status says of the timed calls.
enum class WaitStatus : bool { notified, timed_out };

/// As std::condition_variable. The lock is the guard of a `Mutex<T>` or a std::unique_lock<Mutex<>>; it is held by the caller, left
/// while the call waits, and held again when the call returns. Leaving it and beginning to wait is one step: no notification by one
/// who holds the mutex in between gets lost. Waits end by a notification or at the deadline alone, never spuriously, but by
/// the time the mutex is held again the condition may be false again: prefer the forms with a predicate.
/// Waiting: from threads. Notifying: from threads and ISRs. Destruction while threads wait panics.
class ConditionVariable {
public:
    constexpr ConditionVariable() noexcept = default;
    ~ConditionVariable();
    ConditionVariable(const ConditionVariable&) = delete;
    ConditionVariable& operator=(const ConditionVariable&) = delete;

    template <class Lock>
    void wait(Lock& lock) noexcept
    {
        static_cast<void>(wait_by(kernel::MutexAccess::core_of(lock), kernel::Deadline::never()));
    }

    template <class Lock, class Predicate>
    void wait(Lock& lock, Predicate holds) noexcept
    {
        while (!holds()) {
            wait(lock);
        }
    }

    template <class Lock, class Rep, class Period>
    [[nodiscard]] WaitStatus wait_for(Lock& lock, std::chrono::duration<Rep, Period> limit) noexcept
    {
        return wait_by(kernel::MutexAccess::core_of(lock), kernel::Deadline::after(limit));
    }

    /// Returns what the predicate says at last.
    template <class Lock, class Rep, class Period, class Predicate>
    [[nodiscard]] bool wait_for(Lock& lock, std::chrono::duration<Rep, Period> limit, Predicate holds) noexcept
    {
        return wait_by(lock, kernel::Deadline::after(limit), holds);
    }

    template <class Lock, class Duration>
    [[nodiscard]] WaitStatus wait_until(Lock& lock, std::chrono::time_point<Clock, Duration> time) noexcept
    {
        return wait_by(kernel::MutexAccess::core_of(lock), kernel::Deadline::at(time));
    }

    template <class Lock, class Duration, class Predicate>
    [[nodiscard]] bool wait_until(Lock& lock, std::chrono::time_point<Clock, Duration> time, Predicate holds) noexcept
    {
        return wait_by(lock, kernel::Deadline::at(time), holds);
    }

    /// Wakes the most urgent of those who wait, of equals the one who has waited longest.
    void notify_one() noexcept;
    /// Wakes all who wait; they get the mutex in order of priority.
    void notify_all() noexcept;

private:
    WaitStatus wait_by(kernel::MutexCore& mutex, kernel::Deadline deadline) noexcept;

    template <class Lock, class Predicate>
    bool wait_by(Lock& lock, kernel::Deadline deadline, Predicate& holds) noexcept
    {
        while (!holds()) {
            if (wait_by(kernel::MutexAccess::core_of(lock), deadline) == WaitStatus::timed_out) {
                return holds();
            }
        }
        return true;
    }

    kernel::WaitQueue waiters_{};
    [[no_unique_address]] kernel::WaitLock lock_{};
};

}  // namespace pegplan
