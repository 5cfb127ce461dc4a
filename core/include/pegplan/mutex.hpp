// Mutual exclusion between threads.
//
//     Mutex<int> counter{0};
//     { auto guard = counter.lock(); *guard += 1; }
//
//     Mutex<> mutex;
//     { std::scoped_lock lock{mutex}; ... }
#pragma once

#include <pegplan/clock.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

// A WaitQueue is part of the object, so that a mutex needs no other memory.
#include "core/sync/wait_queue.hpp"

namespace pegplan {

template <class T = void>
class Mutex;

/// A plain lockable, as in C++: lock, try_lock, unlock and the timed forms; works with std::scoped_lock and
/// std::unique_lock. Not recursive. Free and taken by one thread at a time; waiters get it in order of priority,
/// equals in order of arrival, handed over by the unlock so that nobody overtakes them. From threads only.
/// Taking a free mutex and leaving one that nobody waits for is one atomic operation each.
template <>
class Mutex<void> {
public:
    constexpr Mutex() noexcept = default;
    ~Mutex();
    Mutex(const Mutex&) = delete;
    Mutex& operator=(const Mutex&) = delete;

    /// Waits until it is free and takes it. Panics when the caller has it already.
    void lock() noexcept;
    /// Takes it if it is free. Does not block.
    [[nodiscard]] bool try_lock() noexcept;
    /// Waits for at most `limit`; returns whether it has been taken.
    template <class Rep, class Period>
    [[nodiscard]] bool try_lock_for(std::chrono::duration<Rep, Period> limit) noexcept
    {
        return try_lock_within(kernel::to_clock(limit));
    }
    template <class Duration>
    [[nodiscard]] bool try_lock_until(std::chrono::time_point<Clock, Duration> time) noexcept
    {
        return try_lock_within(kernel::to_clock(time - Clock::now()));
    }
    /// Panics when the caller does not have it.
    void unlock() noexcept;

    /// Whether anybody has it, at this moment. From anywhere.
    [[nodiscard]] bool is_locked() const noexcept { return word_.load(std::memory_order_relaxed) != 0; }

private:
    bool try_lock_within(std::chrono::nanoseconds limit) noexcept;
    bool lock_slowly(std::optional<std::chrono::nanoseconds> limit) noexcept;
    void unlock_slowly() noexcept;

    // 0: free. Else the owner's record, plus 1 while threads wait. Acquire on taking and release on leaving make what
    // one owner wrote visible to the next; the bit for waiters is set and cleared under the scheduler lock alone.
    std::atomic<std::uintptr_t> word_{0};
    kernel::WaitQueue waiters_{};
};

/// A `T` that can be reached only while the mutex is held.
template <class T>
class Mutex {
public:
    /// Access to the value; unlocks at the end of its life.
    class Guard {
    public:
        explicit Guard(Mutex& mutex) noexcept : mutex_{&mutex} {}
        Guard(Guard&& other) noexcept : mutex_{std::exchange(other.mutex_, nullptr)} {}
        Guard& operator=(Guard&&) = delete;
        ~Guard()
        {
            if (mutex_ != nullptr) {
                mutex_->lock_.unlock();
            }
        }

        T& operator*() const noexcept { return mutex_->value_; }
        T* operator->() const noexcept { return &mutex_->value_; }

    private:
        Mutex* mutex_;
    };

    template <class... Arguments>
        requires(std::is_constructible_v<T, Arguments...>)
    constexpr explicit(sizeof...(Arguments) == 0) Mutex(Arguments&&... arguments) noexcept
        : value_(std::forward<Arguments>(arguments)...)
    {
    }
    Mutex(const Mutex&) = delete;
    Mutex& operator=(const Mutex&) = delete;

    [[nodiscard]] Guard lock() noexcept
    {
        lock_.lock();
        return Guard{*this};
    }
    [[nodiscard]] std::optional<Guard> try_lock() noexcept { return guard_if(lock_.try_lock()); }
    template <class Rep, class Period>
    [[nodiscard]] std::optional<Guard> try_lock_for(std::chrono::duration<Rep, Period> limit) noexcept
    {
        return guard_if(lock_.try_lock_for(limit));
    }
    template <class Duration>
    [[nodiscard]] std::optional<Guard> try_lock_until(std::chrono::time_point<Clock, Duration> time) noexcept
    {
        return guard_if(lock_.try_lock_until(time));
    }

private:
    std::optional<Guard> guard_if(bool locked) noexcept
    {
        return locked ? std::optional<Guard>{std::in_place, *this} : std::nullopt;
    }

    Mutex<> lock_;
    T value_;
};

}  // namespace pegplan
