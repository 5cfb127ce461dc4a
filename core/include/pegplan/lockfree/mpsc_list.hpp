// An intrusive list that any number of producers push to and one consumer pops from, without a lock: for handing items
// (threads to wake, work, messages) to one CPU or one thread.
//
// Producers push onto a stack. The consumer takes the whole stack at once, turns it round, and then pops from its own
// private list: so items come out in the order in which they were pushed. The push is Treiber's ("Systems programming:
// coping with parallelism", IBM RJ 5118, 1986); taking everything instead of one item is what avoids the ABA problem:
// nobody follows a link of an item that somebody else could have taken out.
//
// Callers: threads and ISRs push, at any moment; an ISR may interrupt a push or a pop and push. One thread or one ISR
// is the consumer.
//
// Invariants
//   I1  From `head_`, the links lead through the items that were pushed and not yet taken, newest first, to null.
//   I2  The link of an item in the stack is not written any more; it belongs to the producer before the push, and to
//       the consumer after the take.
//   I3  `ready_` is the consumer's own, oldest item first; every item in it is older than all items in the stack.
//
// Memory orders
//   - push publishes with release: the item's link and contents happen before the consumer that acquires.
//   - The consumer's exchange acquires from the push that it reads, and from all earlier ones: between two takes, each
//     push is a read-modify-write on the same word, so the later ones continue the release sequences of the earlier.
//   - Loads of `head_` are relaxed: a producer only needs the value to compare with, and the consumer's look before the
//     exchange only saves the write when there is nothing to take. An old value makes pop report an empty
//     list only while the pushes that it misses are not ordered before it; the first of them has returned true, and the
//     wake-up that the caller owes for that orders them.
//
// Progress: push is lock-free (a failed round means that another push or the take succeeded); pop is wait-free, O(1)
// amortised; a pop that takes the stack is linear in the items pushed since the last take.
//
// Model test: tests/model/mpsc_list_test.cpp.
#pragma once

#include <pegplan/lockfree/atomics.hpp>

#include "core/base/check.hpp"

namespace pegplan {

/// Base of what can stand in an MpscList, in one at a time.
template <class T, class Atomics = StdAtomics>
struct MpscLink {
    typename Atomics::template plain<T*> mpsc_next{nullptr};
    typename Atomics::template plain<bool> in_mpsc_list{false};
};

/// A list of `T`, which derives from MpscLink<T, Atomics>. It owns nothing; items outlive their stay in it.
template <class T, class Atomics = StdAtomics>
class MpscList {
public:
    constexpr MpscList() noexcept = default;
    MpscList(const MpscList&) = delete;
    MpscList& operator=(const MpscList&) = delete;

    /// Appends an item that is in no list. From any context, by any number of callers at once.
    ///
    /// True: the stack was empty, so a consumer that sleeps when it finds the list empty must be woken, by this
    /// caller. Of the pushes between two takes, exactly the first returns true. The wake-up must not get lost when it
    /// comes before the consumer sleeps.
    bool push(T& item) noexcept
    {
        kernel::ensure(!item.in_mpsc_list.read(), "mpsc list: push of an item that is in a list already");
        item.in_mpsc_list.write() = true;
        T* newest = head_.load(std::memory_order_relaxed);
        do {
            item.mpsc_next.write() = newest;
        } while (!head_.compare_exchange_weak(newest, &item, std::memory_order_release, std::memory_order_relaxed));
        return newest == nullptr;
    }

    /// Takes the oldest item out, or returns null if there is none. Only by the consumer; from any context that the
    /// consumer does not itself interrupt.
    [[nodiscard]] T* pop() noexcept
    {
        if (ready_.read() == nullptr) {
            ready_.write() = take();
        }
        T* const item = ready_.read();
        if (item != nullptr) {
            ready_.write() = item->mpsc_next.read();
            item->mpsc_next.write() = nullptr;
            item->in_mpsc_list.write() = false;
        }
        return item;
    }

private:
    /// Everything that was pushed since the last take, oldest first.
    T* take() noexcept
    {
        if (head_.load(std::memory_order_relaxed) == nullptr) {
            return nullptr;
        }
        T* newest = head_.exchange(nullptr, std::memory_order_acquire);
        T* oldest = nullptr;
        while (newest != nullptr) {
            T* const older = newest->mpsc_next.read();
            newest->mpsc_next.write() = oldest;
            oldest = newest;
            newest = older;
        }
        return oldest;
    }

    typename Atomics::template atomic<T*> head_{nullptr};
    typename Atomics::template plain<T*> ready_{nullptr};
};

}  // namespace pegplan
