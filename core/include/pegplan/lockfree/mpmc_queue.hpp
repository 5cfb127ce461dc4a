// A bounded queue from any number of producers to any number of consumers, without a lock: for work, events and free
// buffers that several threads, ISRs or CPUs exchange.
//
// A ring of cells. `tail_` counts the pushes that have begun, `head_` the pops; whoever moves a counter on by one has
// the cell that it counted, alone. Each cell's `turn` says for which push or pop it is ready. After Vyukov, "Bounded
// MPMC queue", 2010 (1024cores.net); here turns are counted from the cell's own place, so that all of them begin at
// zero.
//
// Callers: threads and ISRs, in any mixture, at any moment; an ISR may interrupt any operation and do any other.
//
// Invariants, for cell i and n = Capacity, all modulo 2^64
//   I1  `turn` is k*n: the cell is empty and waits for push number k*n + i. k*n + 1: it is full and waits for pop
//       number k*n + i. It changes from each to the next of these: never back.
//   I2  Each number below `tail_` was given to exactly one push, each below `head_` to exactly one pop: the counters
//       are only changed by compare-exchange, to the next number.
//   I3  Who has number k*n + i has the cell's value alone from there until it stores the next turn.
//
// Memory orders
//   - turn: each side's release store hands the cell over, and the other side's acquire load receives it. From producer
//     to consumer this carries the value; from consumer to producer, that the value has been moved out.
//   - head_ and tail_ are relaxed: they hand out numbers, and a number is nobody's permission before the turn is right.
//     A value of a counter that is old makes the turn too new (another look at the counter) and its exchange fail.
//
// Progress: no operation ever waits for another, and each round that has to be repeated means that another operation
// got its number. But the queue is not lock-free in the strict sense: who is preempted between taking a number and
// storing the turn holds up this cell. If it is a producer, consumers find the queue empty from this cell on, although
// values behind it have arrived. If it is a consumer, producers find the queue full when they come round to this cell,
// although values behind it have been taken. For an ISR that means: its try_pop may say "empty" because it has
// interrupted a push, its try_push "full" because it has interrupted a pop; both come right when the thread goes on, so
// an ISR must not repeat them until they succeed. Where that is too weak, use a SpscRing or an MpscList.
//
// Model test: tests/model/mpmc_queue_test.cpp.
#pragma once

#include <pegplan/lockfree/atomics.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

namespace pegplan {

/// Holds up to `Capacity` values, a power of two from 2. A cell keeps what is left of a value that was moved out until
/// the next one takes its place. Memory per element: the value and 8 bytes.
template <class T, std::size_t Capacity, class Atomics = StdAtomics>
class MpmcQueue {
    static_assert(std::has_single_bit(Capacity) && Capacity >= 2,
                  "the capacity is a power of two, and at least 2 so that \"full\" differs from \"empty again\"");
    static_assert(std::is_nothrow_default_constructible_v<T> && std::is_nothrow_move_constructible_v<T> &&
                      std::is_nothrow_move_assignable_v<T>,
                  "cells hold a value at all times");

public:
    constexpr MpmcQueue() noexcept = default;
    MpmcQueue(const MpmcQueue&) = delete;
    MpmcQueue& operator=(const MpmcQueue&) = delete;

    /// Appends a value. False: the queue is full, or the pop of the oldest value has not ended yet; nothing has
    /// changed, and a value that was to be moved is still there. From threads and ISRs. Does not block.
    template <class Value>
        requires std::is_nothrow_assignable_v<T&, Value>
    [[nodiscard]] bool try_push(Value&& value) noexcept
    {
        Number number = tail_.load(std::memory_order_relaxed);
        for (;;) {
            Cell& cell = cells_[number % Capacity];
            const Number turn = cell.turn.load(std::memory_order_acquire);
            const std::int64_t ahead = distance(empty_turn(number), turn);
            if (ahead < 0) {
                return false;
            }
            if (ahead > 0) {
                Atomics::pause();
                number = tail_.load(std::memory_order_relaxed);
                continue;
            }
            const Number next = number + 1;
            if (tail_.compare_exchange_weak(number, next, std::memory_order_relaxed, std::memory_order_relaxed)) {
                cell.value.write() = std::forward<Value>(value);
                cell.turn.store(turn + 1, std::memory_order_release);
                return true;
            }
        }
    }

    /// Takes the oldest value. Nothing: the queue is empty, or the push of the oldest value has not ended yet. From
    /// threads and ISRs. Does not block.
    [[nodiscard]] std::optional<T> try_pop() noexcept
    {
        Number number = head_.load(std::memory_order_relaxed);
        for (;;) {
            Cell& cell = cells_[number % Capacity];
            const Number turn = cell.turn.load(std::memory_order_acquire);
            const std::int64_t ahead = distance(empty_turn(number) + 1, turn);
            if (ahead < 0) {
                return std::nullopt;
            }
            if (ahead > 0) {
                Atomics::pause();
                number = head_.load(std::memory_order_relaxed);
                continue;
            }
            const Number next = number + 1;
            if (head_.compare_exchange_weak(number, next, std::memory_order_relaxed, std::memory_order_relaxed)) {
                std::optional<T> value{std::move(cell.value.write())};
                cell.turn.store(turn - 1 + Capacity, std::memory_order_release);
                return value;
            }
        }
    }

private:
    using Number = std::uint64_t;

    struct Cell {
        typename Atomics::template atomic<Number> turn{0};
        typename Atomics::template plain<T> value;
    };

    /// The turn of an empty cell that waits for this push.
    static constexpr Number empty_turn(Number number) noexcept { return number - number % Capacity; }

    static constexpr std::int64_t distance(Number from, Number to) noexcept
    {
        return static_cast<std::int64_t>(to - from);
    }

    Cell cells_[Capacity];
    typename Atomics::template atomic<Number> tail_{0};
    typename Atomics::template atomic<Number> head_{0};
};

}  // namespace pegplan
