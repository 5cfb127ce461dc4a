// Mutual exclusion between threads.
//
//     Mutex<int> counter{0};
//     { auto guard = counter.lock(); *guard += 1; }
//
//     Mutex<> mutex;
//     { std::scoped_lock lock{mutex}; ... }
//
//     Mutex<Tree, {.recursive = true}> tree;   // its owner may lock it again
//     Mutex<Log, {.robust = true}> log;        // the end of its owner is an error that the next one can handle
//
// What happens to the owner's priority while others wait is chosen in the menu (MUTEX_PROTOCOL).
#pragma once

#include <pegplan/config/sync.hpp>
#include <pegplan/deadline.hpp>
#include <pegplan/kernel_atomic.hpp>
#include <pegplan/result.hpp>
#include <pegplan/types.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

// A WaitQueue is part of the object, so that a mutex needs no other memory.
#include "core/sync/wait_queue.hpp"

namespace pegplan {

struct MutexOptions {
    bool recursive = false;  ///< the owner may lock it again; it is free after as many unlocks
    bool robust = false;     ///< if the owner ends, the next one gets it and is told; costs a critical section per lock and unlock
};

/// The ceiling of a mutex: no thread that locks it is more urgent. With MUTEX_CEILING only.
struct PriorityCeiling {
    Priority priority = Priority::highest();
};

namespace kernel {

struct Cpu;
struct MutexAccess;

enum class LockOutcome : std::uint8_t { locked, owner_died, timed_out, not_recoverable };

/// What all mutexes are made of. `lock_by` and what it is made of panic in ISRs.
class MutexCore {
public:
    constexpr explicit MutexCore(MutexOptions options = {}, PriorityCeiling ceiling = {}) noexcept
        : word_{(options.robust ? robust | tracked : 0) | (config::mutex_ceiling ? tracked : 0)}, ceiling_{ceiling.priority}
    {
    }
    constexpr ~MutexCore()
    {
        if (!std::is_constant_evaluated()) {
            refuse_if_locked();
        }
    }
    MutexCore(const MutexCore&) = delete;
    MutexCore& operator=(const MutexCore&) = delete;

    void lock() noexcept;
    [[nodiscard]] bool try_lock() noexcept;
    [[nodiscard]] LockOutcome lock_by(Deadline deadline) noexcept;
    void unlock() noexcept;

    /// For one who has been told that the owner died: what it guarded is in order again.
    void make_consistent() noexcept { word_.fetch_and(~died, std::memory_order_relaxed); }

    /// As `unlock`, by a thread that has entered a wait, and has not left its CPU yet.
    void leave_to_wait() noexcept;

    [[nodiscard]] bool is_locked() const noexcept { return owner() != nullptr; }
    [[nodiscard]] bool is_held_by_caller() const noexcept;
    [[nodiscard]] bool is_consistent() const noexcept { return (word_.load(std::memory_order_relaxed) & died) == 0; }

    // ---- for the kernel, with the inheritance lock held ----

    [[nodiscard]] ThreadControl* owner() const noexcept { return owner_of(word_.load(std::memory_order_relaxed)); }

    /// What its owner deserves because of it.
    [[nodiscard]] std::uint8_t lent_priority() const noexcept;

    /// The running thread, which owns it, gives it up; does not switch.
    void leave(Cpu& cpu) noexcept;

    /// A thread has stopped waiting for it.
    void waiter_left(Cpu& cpu) noexcept;

    /// Its owner ends.
    void abandon(Cpu& cpu) noexcept;

    MutexCore* next_owned = nullptr;  ///< of the same owner: the list `owned` of its record

private:
    // The word is the owner's address, or 0, and these flags.
    static constexpr std::uintptr_t waiters = 1;  ///< threads wait; without an owner: it cannot be used any more
    static constexpr std::uintptr_t tracked = 2;  ///< stands in its owner's list all the time: no fast paths
    static constexpr std::uintptr_t robust = 4;
    static constexpr std::uintptr_t died = 8;  ///< an owner died, and nobody has set things right since
    static constexpr std::uintptr_t flags = waiters | tracked | robust | died;

    struct StoredCeiling {
        constexpr explicit StoredCeiling(Priority priority) noexcept : level{static_cast<std::uint8_t>(priority.level())} {}
        std::uint8_t level;
    };
    struct NoCeiling {
        constexpr explicit NoCeiling(Priority) noexcept {}
        static constexpr std::uint8_t level = 0;
    };
    using Ceiling = std::conditional_t<config::mutex_ceiling, StoredCeiling, NoCeiling>;

    static ThreadControl* owner_of(std::uintptr_t word) noexcept { return reinterpret_cast<ThreadControl*>(word & ~flags); }

    void refuse_if_locked() const noexcept;
    bool take_if_free() noexcept;
    LockOutcome lock_slowly(Deadline deadline) noexcept;
    void unlock_slowly() noexcept;
    void take(Cpu& cpu, ThreadControl& thread) noexcept;
    void hand_over(Cpu& cpu, bool owner_died) noexcept;
    Waiter* claim_first() noexcept;
    void give_up(Cpu& cpu) noexcept;

    // Acquire on taking and release on leaving make what one owner wrote visible to the next. The fast paths change 0
    // into an owner and back; everything else happens under the inheritance lock, which the flags force everybody to take.
    Atomic<std::uintptr_t> word_;
    WaitQueue waiters_{};
    [[no_unique_address]] Ceiling ceiling_;
};

}  // namespace kernel

template <class T = void, MutexOptions options = MutexOptions{}>
class Mutex;

/// A plain lockable, as in C++: lock, try_lock, unlock and the timed forms; works with std::scoped_lock and
/// std::unique_lock. Waiters get it in order of priority, equals in order of arrival, handed over by the unlock so
/// that nobody overtakes them. Taking a free mutex and leaving one that nobody waits for is one atomic operation each.
/// Context: threads. Misuse panics: unlock by another than the owner, destruction while locked, a second lock by the
/// owner if not recursive, the end of its owner while others wait.
template <MutexOptions options>
class Mutex<void, options> {
public:
    static_assert(!options.robust, "a robust mutex guards a value: Mutex<T, {.robust = true}>");

    constexpr Mutex() noexcept = default;
    constexpr explicit Mutex(PriorityCeiling ceiling) noexcept
        requires(config::mutex_ceiling)
        : core_{options, ceiling}
    {
    }

    /// Waits until it is free and takes it.
    void lock() noexcept
    {
        if (!lock_again()) {
            core_.lock();
        }
    }
    /// Takes it if it is free. Does not block.
    [[nodiscard]] bool try_lock() noexcept { return lock_again() || core_.try_lock(); }
    /// Waits for at most `limit`; returns whether it has been taken.
    template <class Rep, class Period>
    [[nodiscard]] bool try_lock_for(std::chrono::duration<Rep, Period> limit) noexcept
    {
        return try_lock() || core_.lock_by(kernel::Deadline::after(limit)) == kernel::LockOutcome::locked;
    }
    template <class Duration>
    [[nodiscard]] bool try_lock_until(std::chrono::time_point<Clock, Duration> time) noexcept
    {
        return try_lock() || core_.lock_by(kernel::Deadline::at(time)) == kernel::LockOutcome::locked;
    }
    void unlock() noexcept
    {
        if (!unlock_once()) {
            core_.unlock();
        }
    }

    /// Whether anybody has it, at this moment. From anywhere.
    [[nodiscard]] bool is_locked() const noexcept { return core_.is_locked(); }

private:
    friend struct kernel::MutexAccess;

    bool lock_again() noexcept
    {
        if constexpr (options.recursive) {
            if (core_.is_held_by_caller()) {
                ++again_.count;
                return true;
            }
        }
        return false;
    }

    bool unlock_once() noexcept
    {
        if constexpr (options.recursive) {
            if (again_.count > 0 && core_.is_held_by_caller()) {
                --again_.count;
                return true;
            }
        }
        return false;
    }

    /// How often the owner has locked it on top of the first time. Touched by the owner alone.
    struct Counted {
        std::uint32_t count = 0;
    };
    struct Once {};

    kernel::MutexCore core_{options};
    [[no_unique_address]] std::conditional_t<options.recursive, Counted, Once> again_{};
};

/// A `T` that can be reached only while the mutex is held. Otherwise like Mutex<>; with `robust` the locking calls return
/// a Result, and the guard tells whether the owner before ended while it had the mutex.
template <class T, MutexOptions options>
class Mutex {
    using Lock = std::conditional_t<options.robust, kernel::MutexCore, Mutex<void, options>>;
    static_assert(!(options.robust && options.recursive), "a mutex is robust or recursive");

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

        /// Of a robust mutex whose owner died: panics until `make_consistent` has been called.
        T& operator*() const noexcept { return mutex_->checked_value(); }
        T* operator->() const noexcept { return &mutex_->checked_value(); }

        /// Whether the owner before ended while it had the mutex, and nobody has said since that the value is in order.
        /// Whoever unlocks it so makes it not_recoverable.
        [[nodiscard]] bool owner_died() const noexcept
            requires(options.robust)
        {
            return !mutex_->lock_.is_consistent();
        }
        /// Says that the value is in order, or will be before the unlock, and gives access to it.
        T& make_consistent() const noexcept
            requires(options.robust)
        {
            mutex_->lock_.make_consistent();
            return mutex_->value_;
        }

    private:
        friend struct kernel::MutexAccess;

        Mutex* mutex_;
    };

    template <class... Arguments>
        requires(std::is_constructible_v<T, Arguments...>)
    constexpr explicit(sizeof...(Arguments) == 0) Mutex(Arguments&&... arguments) noexcept
        : value_(std::forward<Arguments>(arguments)...)
    {
    }
    template <class... Arguments>
        requires(config::mutex_ceiling && std::is_constructible_v<T, Arguments...>)
    constexpr explicit Mutex(PriorityCeiling ceiling, Arguments&&... arguments) noexcept
        : lock_{make_lock(ceiling)}, value_(std::forward<Arguments>(arguments)...)
    {
    }
    Mutex(const Mutex&) = delete;
    Mutex& operator=(const Mutex&) = delete;

    [[nodiscard]] Guard lock() noexcept
        requires(!options.robust)
    {
        lock_.lock();
        return Guard{*this};
    }
    [[nodiscard]] std::optional<Guard> try_lock() noexcept
        requires(!options.robust)
    {
        return guard_if(lock_.try_lock());
    }
    template <class Rep, class Period>
        requires(!options.robust)
    [[nodiscard]] std::optional<Guard> try_lock_for(std::chrono::duration<Rep, Period> limit) noexcept
    {
        return guard_if(lock_.try_lock_for(limit));
    }
    template <class Duration>
        requires(!options.robust)
    [[nodiscard]] std::optional<Guard> try_lock_until(std::chrono::time_point<Clock, Duration> time) noexcept
    {
        return guard_if(lock_.try_lock_until(time));
    }

    /// The robust forms. Errors: timed_out, not_recoverable.
    [[nodiscard]] Result<Guard> lock() noexcept
        requires(options.robust)
    {
        return lock_by(kernel::Deadline::never());
    }
    [[nodiscard]] Result<Guard> try_lock() noexcept
        requires(options.robust)
    {
        return lock_by(kernel::Deadline::immediately());
    }
    template <class Rep, class Period>
        requires(options.robust)
    [[nodiscard]] Result<Guard> try_lock_for(std::chrono::duration<Rep, Period> limit) noexcept
    {
        return lock_by(kernel::Deadline::after(limit));
    }
    template <class Duration>
        requires(options.robust)
    [[nodiscard]] Result<Guard> try_lock_until(std::chrono::time_point<Clock, Duration> time) noexcept
    {
        return lock_by(kernel::Deadline::at(time));
    }

private:
    friend struct kernel::MutexAccess;

    static constexpr Lock make_lock(PriorityCeiling ceiling) noexcept
    {
        if constexpr (options.robust) {
            return Lock{options, ceiling};
        } else {
            return Lock{ceiling};
        }
    }

    static constexpr Lock make_lock() noexcept
    {
        if constexpr (options.robust) {
            return Lock{options};
        } else {
            return Lock{};
        }
    }

    std::optional<Guard> guard_if(bool locked) noexcept
    {
        return locked ? std::optional<Guard>{std::in_place, *this} : std::nullopt;
    }

    Result<Guard> lock_by(kernel::Deadline deadline) noexcept
    {
        switch (lock_.lock_by(deadline)) {
        case kernel::LockOutcome::timed_out: return Error::timed_out;
        case kernel::LockOutcome::not_recoverable: return Error::not_recoverable;
        case kernel::LockOutcome::locked:
        case kernel::LockOutcome::owner_died: break;
        }
        return Guard{*this};
    }

    T& checked_value() noexcept
    {
        if constexpr (options.robust) {
            kernel::invariant(lock_.is_consistent(), "use of a value whose owner died, before make_consistent()");
        }
        return value_;
    }

    Lock lock_ = make_lock();
    T value_;
};

namespace kernel {

/// What a condition variable needs of the lock that it is given: a std::unique_lock<Mutex<>>, or the guard of a Mutex<T>.
struct MutexAccess {
    template <class Guard>
    static MutexCore& core_of(Guard& guard) noexcept
    {
        if constexpr (requires { guard.owns_lock(); }) {
            invariant(guard.owns_lock(), "a condition variable was given a lock that is not locked");
            return core_of_mutex(*guard.mutex());
        } else {
            invariant(guard.mutex_ != nullptr, "a condition variable was given a lock that is not locked");
            return core_of_mutex(guard.mutex_->lock_);
        }
    }

private:
    template <MutexOptions options>
    static MutexCore& core_of_mutex(Mutex<void, options>& mutex) noexcept
    {
        static_assert(!options.recursive, "a wait cannot unlock a recursive mutex: it may be locked more than once");
        return mutex.core_;
    }
};

}  // namespace kernel

}  // namespace pegplan
