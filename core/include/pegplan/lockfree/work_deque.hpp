// A bounded double-ended queue of one owner and any number of thieves, without a lock: for work stealing. The owner
// pushes and pops at the bottom, like a stack; thieves take from the top, the oldest first.
//
// A ring of slots, `bottom_` that the owner moves, and `top_` that grows by one with each item taken there. Only for
// the last item do owner and thieves compete, with a compare-exchange of `top_`. After Chase and Lev, "Dynamic circular
// work-stealing deque", SPAA 2005, in the form for weak memory of Lê, Pop, Cohen and Zappa Nardelli, "Correct and
// efficient work-stealing for weak memory models", PPoPP 2013; without their growing array, and with a release store of
// `bottom_` in the place of their release fence.
//
// Callers: one thread (or ISR) is the owner. Thieves are threads and ISRs in any number, at any moment; an ISR may
// interrupt the owner and steal, but not push or pop.
//
// Invariants
//   I1  Only the owner writes `bottom_` and the slots; `top_` only grows, by one, by compare-exchange.
//   I2  0 <= bottom_ - top_ <= Capacity, as the owner sees it outside of pop; inside, bottom_ may be top_ - 1.
//   I3  The items are those of the slots top_ to bottom_ - 1, modulo Capacity. Who moves `top_` from t to t + 1 has
//       item t; the owner has item b without asking if, after it has announced this by bottom_ = b, it still finds top_
//       < b.
//   I4  A thief's slot is not overwritten while its exchange can succeed: push refuses to pass top_ by Capacity.
//
// Memory orders
//   - The two seq_cst fences: the owner lowers `bottom_` and then looks at `top_`, the thief looks at `top_` and then
//     at `bottom_`. At least one of them sees what the other did, or both would take the same item (store buffering).
//     Therefore no exchange needs seq_cst, as it has in the paper: exchanges compete for one value of one word, and one
//     succeeds.
//   - bottom_: the release store of push publishes the item, and what it points to, to the acquire load of a thief. So
//     does the store with which pop begins: items that stay behind are below it, and a thief may read it instead of
//     what push stored. The store with which pop restores an empty deque publishes nothing.
//   - top_: the thief's release exchange and push's acquire load let the thief's read of a slot happen before the
//     owner's next write to it. All other accesses are relaxed; the thief's load has its fence behind it.
//   - Slots are atomic and relaxed, because a thief may read a slot that is being overwritten; its exchange then fails.
//
// Progress: push and pop are wait-free; steal is wait-free as well, since it reports a lost race instead of repeating,
// and of those that lose to one another one wins.
//
// Model test: tests/model/work_deque_test.cpp.
#pragma once

#include <pegplan/lockfree/atomics.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>

namespace pegplan {

/// What became of an attempt to steal.
enum class StealOutcome : std::uint8_t {
    stolen,     ///< there is an item
    empty,      ///< there was nothing to steal
    lost_race,  ///< somebody else took the item at this moment; there may be more
};

template <class T>
struct Stolen {
    StealOutcome outcome = StealOutcome::empty;
    T item{};  ///< if stolen
};

/// Holds up to `Capacity` items, a power of two. An item is a pointer, an index, or anything else of 4 or 8 bytes that
/// is copied as bytes. Memory per element: the item.
template <class T, std::size_t Capacity, class Atomics = StdAtomics>
class WorkDeque {
    static_assert(std::has_single_bit(Capacity), "the capacity is a power of two");
    static_assert(std::is_trivially_copyable_v<T> && (sizeof(T) == 4 || sizeof(T) == 8),
                  "an item is an atomic word: pass a pointer or an index");

public:
    constexpr WorkDeque() noexcept = default;
    WorkDeque(const WorkDeque&) = delete;
    WorkDeque& operator=(const WorkDeque&) = delete;

    /// Puts an item at the bottom. False: the deque is full, nothing has changed. Only by the owner. Does not block.
    [[nodiscard]] bool try_push(T item) noexcept
    {
        const Place bottom = bottom_.load(std::memory_order_relaxed);
        const Place top = top_.load(std::memory_order_acquire);
        if (bottom - top >= static_cast<Place>(Capacity)) {
            return false;
        }
        slot(bottom).store(item, std::memory_order_relaxed);
        bottom_.store(bottom + 1, std::memory_order_release);
        return true;
    }

    /// Takes the item that was pushed last, or nothing if there is none. Only by the owner. Does not block.
    [[nodiscard]] std::optional<T> try_pop() noexcept
    {
        const Place bottom = bottom_.load(std::memory_order_relaxed) - 1;
        bottom_.store(bottom, std::memory_order_release);
        Atomics::fence(std::memory_order_seq_cst);
        Place top = top_.load(std::memory_order_relaxed);
        if (top < bottom) {
            return slot(bottom).load(std::memory_order_relaxed);
        }
        // The last item, for which thieves compete, or none.
        std::optional<T> item;
        if (top == bottom) {
            const Place next = top + 1;
            if (top_.compare_exchange_strong(top, next, std::memory_order_relaxed, std::memory_order_relaxed)) {
                item = slot(bottom).load(std::memory_order_relaxed);
            }
        }
        bottom_.store(bottom + 1, std::memory_order_relaxed);
        return item;
    }

    /// Takes the oldest item. From threads and ISRs, also the owner's. Does not block.
    [[nodiscard]] Stolen<T> try_steal() noexcept
    {
        Place top = top_.load(std::memory_order_relaxed);
        Atomics::fence(std::memory_order_seq_cst);
        const Place bottom = bottom_.load(std::memory_order_acquire);
        if (top >= bottom) {
            return {StealOutcome::empty};
        }
        const T item = slot(top).load(std::memory_order_relaxed);
        const Place next = top + 1;
        if (!top_.compare_exchange_strong(top, next, std::memory_order_release, std::memory_order_relaxed)) {
            return {StealOutcome::lost_race};
        }
        return {StealOutcome::stolen, item};
    }

    /// How many items there are, as far as the caller knows: exact for the owner while nobody steals. From anywhere.
    [[nodiscard]] std::size_t size() const noexcept
    {
        const Place top = top_.load(std::memory_order_relaxed);
        const Place bottom = bottom_.load(std::memory_order_relaxed);
        return bottom > top ? static_cast<std::size_t>(bottom - top) : 0;
    }

private:
    using Place = std::int64_t;  // counts pushes: does not wrap in the life of a machine

    typename Atomics::template atomic<T>& slot(Place place) noexcept
    {
        return slots_[static_cast<std::uint64_t>(place) % Capacity];
    }

    typename Atomics::template atomic<T> slots_[Capacity]{};
    typename Atomics::template atomic<Place> top_{0};
    typename Atomics::template atomic<Place> bottom_{0};
};

}  // namespace pegplan
