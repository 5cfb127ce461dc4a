// A lock that many readers hold at once, or one writer alone.
//
//     RwLock<Table> table;
//     { auto reader = table.read(); use(reader->find(key)); }
//     { auto writer = table.write(); writer->insert(key, value); }
//
// Whether new readers wait behind writers that wait, or overtake them, is chosen in the menu (RWLOCK_PREFERENCE). Taking and leaving it is one atomic operation as
// long as nobody waits. Owners do not inherit priorities: readers are not known one by one.
#pragma once

#include <pegplan/deadline.hpp>
#include <pegplan/kernel_atomic.hpp>
#include <pegplan/types.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

#include "core/sync/wait_queue.hpp"

namespace pegplan {

template <class T = void>
class RwLock;

/// As std::shared_timed_mutex: works with std::shared_lock and std::unique_lock. From threads. Waiting writers, and waiting readers, get
/// it in order of priority. Misuse panics: leaving what is not held, destruction while held or waited for. A thread that reads and
/// locks again, for reading or writing, may wait for ever; one that writes and locks again panics. That a reader leaves
/// in the place of another is not seen.
template <>
class RwLock<void> {
public:
    constexpr RwLock() noexcept = default;
    ~RwLock();
    RwLock(const RwLock&) = delete;
    RwLock& operator=(const RwLock&) = delete;

    // ---- writers ----
    void lock() noexcept
    {
        if (!take()) {
            static_cast<void>(lock_by(kernel::Deadline::never()));
        }
    }
    [[nodiscard]] bool try_lock() noexcept { return take() || (is_contended() && lock_by(kernel::Deadline::immediately())); }
    template <class Rep, class Period>
    [[nodiscard]] bool try_lock_for(std::chrono::duration<Rep, Period> limit) noexcept
    {
        return take() || lock_by(kernel::Deadline::after(limit));
    }
    template <class Duration>
    [[nodiscard]] bool try_lock_until(std::chrono::time_point<Clock, Duration> time) noexcept
    {
        return take() || lock_by(kernel::Deadline::at(time));
    }
    void unlock() noexcept
    {
        std::uint32_t expected = caller_as_writer();
        if (!word_.compare_exchange_strong(expected, 0, std::memory_order_release, std::memory_order_relaxed)) [[unlikely]] {
            leave_writing();
        }
    }

    // ---- readers ----
    void lock_shared() noexcept
    {
        if (!take_shared()) {
            static_cast<void>(lock_shared_by(kernel::Deadline::never()));
        }
    }
    [[nodiscard]] bool try_lock_shared() noexcept
    {
        return take_shared() || (is_contended() && lock_shared_by(kernel::Deadline::immediately()));
    }
    template <class Rep, class Period>
    [[nodiscard]] bool try_lock_shared_for(std::chrono::duration<Rep, Period> limit) noexcept
    {
        return take_shared() || lock_shared_by(kernel::Deadline::after(limit));
    }
    template <class Duration>
    [[nodiscard]] bool try_lock_shared_until(std::chrono::time_point<Clock, Duration> time) noexcept
    {
        return take_shared() || lock_shared_by(kernel::Deadline::at(time));
    }
    void unlock_shared() noexcept
    {
        std::uint32_t word = word_.load(std::memory_order_relaxed);
        while (word > 0 && word <= most_readers) {
            if (word_.compare_exchange_weak(word, word - 1, std::memory_order_release, std::memory_order_relaxed)) {
                return;
            }
        }
        leave_reading();
    }

    /// The number of readers at this moment, and whether there is a writer. From anywhere.
    [[nodiscard]] std::uint32_t readers() const noexcept
    {
        const std::uint32_t word = word_.load(std::memory_order_relaxed);
        return (word & writer) == 0 ? word & reader_bits : 0;
    }
    [[nodiscard]] bool has_writer() const noexcept { return (word_.load(std::memory_order_relaxed) & writer) != 0; }

private:
    // The word: the number of readers, or `writer` and the low bits of that thread's id; and whether threads wait, which keeps
    // everybody off the fast paths.
    static constexpr std::uint32_t contended = std::uint32_t{1} << 31;
    static constexpr std::uint32_t writer = std::uint32_t{1} << 30;
    static constexpr std::uint32_t most_readers = writer - 1;
    static constexpr std::uint32_t reader_bits = most_readers;

    struct WaitingWriter : kernel::Waiter {
        WaitingWriter(RwLock& of, kernel::WaitQueue& where) noexcept : kernel::Waiter{where}, lock{of} {}
        RwLock& lock;
    };

    [[nodiscard]] bool is_contended() const noexcept { return (word_.load(std::memory_order_relaxed) & contended) != 0; }

    bool take() noexcept
    {
        std::uint32_t expected = 0;
        return word_.compare_exchange_strong(expected, caller_as_writer(), std::memory_order_acquire, std::memory_order_relaxed);
    }

    bool take_shared() noexcept
    {
        std::uint32_t word = word_.load(std::memory_order_relaxed);
        while (word < most_readers) {
            if (word_.compare_exchange_weak(word, word + 1, std::memory_order_acquire, std::memory_order_relaxed)) {
                return true;
            }
        }
        return false;
    }

    [[gnu::noinline]] bool lock_by(kernel::Deadline deadline) noexcept;
    [[gnu::noinline]] bool lock_shared_by(kernel::Deadline deadline) noexcept;
    [[gnu::noinline]] void leave_writing() noexcept;
    [[gnu::noinline]] void leave_reading() noexcept;
    [[nodiscard]] static std::uint32_t word_of_writer(ThreadId id) noexcept;
    [[nodiscard]] static std::uint32_t caller_as_writer() noexcept;
    void refuse_writer() const noexcept;
    bool contend() noexcept;
    void admit() noexcept;
    void settle() noexcept;
    [[nodiscard]] bool writers_go_first() const noexcept;

    // Leaving is a release, taking an acquire. `contended` is set and cleared under the lock alone; while it is set, so is everything else.
    kernel::Atomic<std::uint32_t> word_{0};
    kernel::WaitQueue waiting_readers_{};
    kernel::WaitQueue waiting_writers_{};
    [[no_unique_address]] kernel::WaitLock lock_{};
};

/// A `T` that can be reached only while the lock is held: for reading by many, for writing by one.
template <class T>
class RwLock {
    template <class Value, void (RwLock<void>::*leave)()>
    class BasicGuard {
    public:
        BasicGuard(RwLock<void>& lock, Value& value) noexcept : lock_{&lock}, value_{&value} {}
        BasicGuard(BasicGuard&& other) noexcept : lock_{std::exchange(other.lock_, nullptr)}, value_{other.value_} {}
        BasicGuard& operator=(BasicGuard&&) = delete;
        ~BasicGuard()
        {
            if (lock_ != nullptr) {
                (lock_->*leave)();
            }
        }

        Value& operator*() const noexcept { return *value_; }
        Value* operator->() const noexcept { return value_; }

    private:
        RwLock<void>* lock_;
        Value* value_;
    };

public:
    using Reader = BasicGuard<const T, &RwLock<void>::unlock_shared>;
    using Writer = BasicGuard<T, &RwLock<void>::unlock>;

    template <class... Arguments>
        requires(std::is_constructible_v<T, Arguments...>)
    constexpr explicit(sizeof...(Arguments) == 0) RwLock(Arguments&&... arguments) noexcept
        : value_(std::forward<Arguments>(arguments)...)
    {
    }
    RwLock(const RwLock&) = delete;
    RwLock& operator=(const RwLock&) = delete;

    [[nodiscard]] Reader read() noexcept
    {
        lock_.lock_shared();
        return {lock_, value_};
    }
    [[nodiscard]] std::optional<Reader> try_read() noexcept { return reader_if(lock_.try_lock_shared()); }
    template <class Rep, class Period>
    [[nodiscard]] std::optional<Reader> try_read_for(std::chrono::duration<Rep, Period> limit) noexcept
    {
        return reader_if(lock_.try_lock_shared_for(limit));
    }
    template <class Duration>
    [[nodiscard]] std::optional<Reader> try_read_until(std::chrono::time_point<Clock, Duration> time) noexcept
    {
        return reader_if(lock_.try_lock_shared_until(time));
    }

    [[nodiscard]] Writer write() noexcept
    {
        lock_.lock();
        return {lock_, value_};
    }
    [[nodiscard]] std::optional<Writer> try_write() noexcept { return writer_if(lock_.try_lock()); }
    template <class Rep, class Period>
    [[nodiscard]] std::optional<Writer> try_write_for(std::chrono::duration<Rep, Period> limit) noexcept
    {
        return writer_if(lock_.try_lock_for(limit));
    }
    template <class Duration>
    [[nodiscard]] std::optional<Writer> try_write_until(std::chrono::time_point<Clock, Duration> time) noexcept
    {
        return writer_if(lock_.try_lock_until(time));
    }

private:
    std::optional<Reader> reader_if(bool locked) noexcept
    {
        return locked ? std::optional<Reader>{std::in_place, lock_, value_} : std::nullopt;
    }
    std::optional<Writer> writer_if(bool locked) noexcept
    {
        return locked ? std::optional<Writer>{std::in_place, lock_, value_} : std::nullopt;
    }

    RwLock<void> lock_;
    T value_;
};

}  // namespace pegplan
