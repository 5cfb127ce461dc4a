// A bounded queue from one producer to one consumer, without a lock: for passing values between an ISR and a thread, or
// between two CPUs.
//
// A ring of `Capacity` slots and two counters that only grow: `tail_` counts what was pushed, `head_` what was popped.
// After Lamport, "Specifying concurrent program modules", ACM TOPLAS 5(2), 1983; that each side remembers the other's
// counter, and looks again only when the ring seems full or empty, is from Lê, Guatto, Cohen and Pop, "Correct and
// efficient bounded FIFO queues", SBAC-PAD 2013.
//
// Callers: one thread or ISR is the producer, one the consumer. Either may interrupt the other at any moment; neither
// ever waits.
//
// Invariants
//   I1  Only the producer writes `tail_`, only the consumer `head_`; 0 <= tail_ - head_ <= Capacity, modulo 2^n.
//   I2  Slots head_ to tail_ - 1 (modulo Capacity) belong to the consumer, the others to the producer.
//   I3  known_head_ <= head_ and known_tail_ <= tail_: what a side remembers errs on the safe side.
//
// Memory orders
//   - tail_: the producer's release store hands over the slot with its value; the consumer's acquire load receives it.
//   - head_: the consumer's release store hands the emptied slot back; the producer's acquire load receives it.
//     Without this pair the next value could be written while the old one is still being moved out.
//   - Each side loads its own counter relaxed: it wrote it itself.
//
// Progress: both operations are wait-free, a bounded number of steps.
//
// Model test: tests/model/spsc_ring_test.cpp.
#pragma once

#include <pegplan/lockfree/atomics.hpp>

#include <bit>
#include <cstddef>
#include <optional>
#include <type_traits>
#include <utility>

namespace pegplan {

/// Holds up to `Capacity` values, a power of two so that the counters may wrap. A slot keeps what is left of a value
/// that was moved out until the next one takes its place.
template <class T, std::size_t Capacity, class Atomics = StdAtomics>
class SpscRing {
    static_assert(std::has_single_bit(Capacity), "the capacity is a power of two");
    static_assert(std::is_nothrow_default_constructible_v<T> && std::is_nothrow_move_constructible_v<T> &&
                      std::is_nothrow_move_assignable_v<T>,
                  "slots hold a value at all times");

public:
    constexpr SpscRing() noexcept = default;
    SpscRing(const SpscRing&) = delete;
    SpscRing& operator=(const SpscRing&) = delete;

    /// Appends a value. False: the ring is full, and nothing has changed; a value that was to be moved is still
    /// there. Only by the producer; from any context that the producer does not itself interrupt. Does not block.
    template <class Value>
        requires std::is_nothrow_assignable_v<T&, Value>
    [[nodiscard]] bool try_push(Value&& value) noexcept
    {
        const std::size_t tail = tail_.load(std::memory_order_relaxed);
        if (tail - known_head_.read() == Capacity) {
            known_head_.write() = head_.load(std::memory_order_acquire);
            if (tail - known_head_.read() == Capacity) {
                return false;
            }
        }
        slots_[tail % Capacity].write() = std::forward<Value>(value);
        tail_.store(tail + 1, std::memory_order_release);
        return true;
    }

    /// Takes the oldest value, or nothing if the ring is empty. Only by the consumer; from any context that the
    /// consumer does not itself interrupt. Does not block.
    [[nodiscard]] std::optional<T> try_pop() noexcept
    {
        const std::size_t head = head_.load(std::memory_order_relaxed);
        if (head == known_tail_.read()) {
            known_tail_.write() = tail_.load(std::memory_order_acquire);
            if (head == known_tail_.read()) {
                return std::nullopt;
            }
        }
        std::optional<T> value{std::move(slots_[head % Capacity].write())};
        head_.store(head + 1, std::memory_order_release);
        return value;
    }

private:
    typename Atomics::template plain<T> slots_[Capacity];
    typename Atomics::template atomic<std::size_t> head_{0};
    typename Atomics::template atomic<std::size_t> tail_{0};
    typename Atomics::template plain<std::size_t> known_head_{0};  // the producer's own
    typename Atomics::template plain<std::size_t> known_tail_{0};  // the consumer's own
};

}  // namespace pegplan
