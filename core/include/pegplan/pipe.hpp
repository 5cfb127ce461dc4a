// A pipe: a stream of bytes between threads, or from an interrupt handler to a thread.
//
//     Pipe<256> received;
//     received.try_write(bytes);                     // an interrupt handler
//     const std::size_t count = received.read(line); // a thread: waits for at least one byte
//
// Interrupts are masked while bytes are copied: as many as a call can move without waiting.
#pragma once

#include <pegplan/deadline.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/sync/wait_queue.hpp"

namespace pegplan {

namespace kernel {

/// The pipe without its memory.
class PipeCore {
public:
    constexpr explicit PipeCore(std::span<std::byte> bytes) noexcept : bytes_{bytes} {}
    ~PipeCore();
    PipeCore(const PipeCore&) = delete;
    PipeCore& operator=(const PipeCore&) = delete;

    std::size_t write(std::span<const std::byte> from, Deadline deadline) noexcept;
    std::size_t read(std::span<std::byte> to, std::size_t at_least, Deadline deadline) noexcept;
    void clear() noexcept;
    [[nodiscard]] std::size_t size() const noexcept { return used_; }

private:
    std::size_t put(std::span<const std::byte> from) noexcept;
    std::size_t take(std::span<std::byte> to) noexcept;
    void serve_waiters() noexcept;

    std::span<std::byte> bytes_;
    std::size_t first_ = 0;
    std::size_t used_ = 0;
    WaitQueue readers_{};
    WaitQueue writers_{};
    Waiter* begun_reader_ = nullptr;  ///< who has got a part of its bytes, and waits for the rest; or one that has given up
    Waiter* begun_writer_ = nullptr;
    [[no_unique_address]] WaitLock lock_{};
};

}  // namespace kernel

/// A pipe of N bytes. What one call writes is read in one piece, in order; writers, and readers, that wait take their turns in order
/// of priority, equals in order of arrival, but one whose turn has begun ends it before a more urgent one. The `try_` forms: from
/// threads and ISRs; they never wait. Destruction while threads wait panics.
template <std::size_t N>
class Pipe {
    static_assert(N > 0);

public:
    constexpr Pipe() noexcept = default;

    /// Writes all bytes, waiting for room as often as it takes.
    void write(std::span<const std::byte> bytes) noexcept { static_cast<void>(core_.write(bytes, kernel::Deadline::never())); }
    /// Writes as many as there is room for, none if others wait to write; returns how many.
    [[nodiscard]] std::size_t try_write(std::span<const std::byte> bytes) noexcept
    {
        return core_.write(bytes, kernel::Deadline::immediately());
    }
    /// Waits for at most `limit`, or until `time`; returns how many have been written by then.
    template <class Rep, class Period>
    [[nodiscard]] std::size_t write_for(std::span<const std::byte> bytes, std::chrono::duration<Rep, Period> limit) noexcept
    {
        return core_.write(bytes, kernel::Deadline::after(limit));
    }
    template <class Duration>
    [[nodiscard]] std::size_t write_until(std::span<const std::byte> bytes,
                                          std::chrono::time_point<Clock, Duration> time) noexcept
    {
        return core_.write(bytes, kernel::Deadline::at(time));
    }

    /// Reads what is there, at most as much as `bytes` holds, waiting for at least `at_least` bytes; returns how many.
    std::size_t read(std::span<std::byte> bytes, std::size_t at_least = 1) noexcept
    {
        return core_.read(bytes, at_least, kernel::Deadline::never());
    }
    /// Reads what is there; returns how many bytes.
    [[nodiscard]] std::size_t try_read(std::span<std::byte> bytes) noexcept
    {
        return core_.read(bytes, 1, kernel::Deadline::immediately());
    }
    /// Waits for at most `limit`, or until `time`; returns how many have been read by then.
    template <class Rep, class Period>
    [[nodiscard]] std::size_t read_for(std::span<std::byte> bytes, std::chrono::duration<Rep, Period> limit,
                                       std::size_t at_least = 1) noexcept
    {
        return core_.read(bytes, at_least, kernel::Deadline::after(limit));
    }
    template <class Duration>
    [[nodiscard]] std::size_t read_until(std::span<std::byte> bytes, std::chrono::time_point<Clock, Duration> time,
                                         std::size_t at_least = 1) noexcept
    {
        return core_.read(bytes, at_least, kernel::Deadline::at(time));
    }

    /// Drops all bytes that are in it; writers that wait go on.
    void clear() noexcept { core_.clear(); }

    [[nodiscard]] std::size_t size() const noexcept { return core_.size(); }
    [[nodiscard]] bool empty() const noexcept { return size() == 0; }
    static constexpr std::size_t capacity() noexcept { return N; }

private:
    std::array<std::byte, N> bytes_{};
    kernel::PipeCore core_{bytes_};
};

}  // namespace pegplan
