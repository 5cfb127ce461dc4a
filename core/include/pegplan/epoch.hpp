// Epoch-based reclamation: when may a node that has been unlinked from a lock-free structure be used for something
// else? When everybody has left who could have seen it linked.
//
//     Epoch<4, 100> epoch;                          // 4 participants, at most 100 nodes that wait
//     auto me = epoch.join();                       // once for each thread or ISR; Result<Participant>
//     {
//         const auto guard = me->pin();             // from here on nothing is reclaimed that this thread can see
//         Node* node = unlink_from_some_structure();
//         if (!guard.retire(*node, [](Node& node) { node.pool->release(node); })) { ... }
//     }
//     epoch.try_advance();                          // now and then: reclaims what nobody can see any more
//
// A counter, the epoch, and for each participant the epoch in which it was pinned. The epoch moves on only when all who
// are pinned have been so since it began; so while somebody is pinned in epoch e, it is e or e + 1. Retired nodes wait
// in one of three bins, by the epoch in which the retirer was pinned, and are reclaimed three epochs later. After
// Fraser, "Practical lock-freedom", University of Cambridge technical report 579, 2004; here with bins
// that all share, so that nothing is left behind by who leaves, and that are full at a limit.
//
// Callers: a participant is used by one thread or one ISR at a time; a thread and an ISR that interrupts it have one
// each. pin, retire and leaving a pin from threads and ISRs. try_advance as well, where the reclaiming functions may be
// called.
//
// Bounded garbage: at most `MaxGarbage` nodes are retired and not yet reclaimed, plus those whose functions run at the
// moment. A pinned participant that does not go on (a thread that was preempted or sleeps) holds up all reclamation;
// what is retired then piles up to the limit, and no further: retire says false, and the node stays the caller's,
// unlinked. Who gets false leaves its pin, calls try_advance (three times reclaim all, if nobody else is pinned), and
// tries again later with a new pin; where nobody else can be pinned for long, that is a loop with an end. What to do
// when it has none (wait, panic) is the caller's to say. So: pin for a short time, do not block while pinned, and
// choose the limit for the longest time in which a pinned thread can be preempted.
//
// Invariants
//   I1  While a participant is pinned in epoch l, `epoch_` is l or l + 1.
//   I2  A node in bin e % 3 was unlinked before the epoch became e + 2, by somebody pinned in e. Only bins of the
//       epochs E and E - 1 are pushed to while `epoch_` is E, so that of E - 2 (which is that of E + 1) is at rest.
//   I3  Whoever may hold a reference to a node of bin E - 2 was pinned before the epoch became E: all who pin later
//       find it unlinked already. So, when all who are pinned are pinned in E, nobody has one: the bin is taken, then
//       the epoch becomes E + 1.
//   I4  One at a time does this: `advancing_` is taken by exchange and never waited for. Without it, one who was late
//       could take the bin when it is that of E + 1.
//
// Memory orders
//   - The two seq_cst fences: pin stores the slot and then looks at the epoch (and at the structure), try_advance looks
//     at the epoch and then at the slots. One of them sees the other (store buffering), which is I1; pin looks at the
//     epoch once more behind its fence and, if it has moved on, begins again.
//   - Slots: unpinning stores with release, try_advance loads with acquire: what was done while pinned, reading nodes
//     and pushing to a bin, happens before the reclamation. The store of pin is release too, because try_advance may
//     find it in the place of the unpinning before it.
//   - epoch_: the release store carries to pin what try_advance acquired: that nodes were unlinked. (Pin's loads are
//     relaxed, its fence acquires.)
//   - advancing_: acquire and release hand over from one who advances to the next. Who fails to advance has nothing to
//     add to what it acquired, and its fence, which lies between, passes that on; so its store is relaxed.
//   - Bins are relaxed: all who pushed to the bin that is taken have been found unpinned, or pinned again, by the
//     acquire load of their slot.
//   - garbage_ is a number, relaxed. Slot owners: acquire and release hand a slot over.
//
// Progress: pin is lock-free (it begins again only when the epoch has moved on), leaving a pin and nested pins are
// wait-free; retire is lock-free; try_advance never waits, and visits each slot once. Reclamation as a whole is not
// lock-free: see above.
//
// Model test: tests/model/epoch_test.cpp.
#pragma once

#include <pegplan/lockfree/atomics.hpp>
#include <pegplan/result.hpp>

#include "core/base/check.hpp"

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace pegplan {

/// Base of what can be retired. Memory: 16 bytes in each node.
template <class Atomics = StdAtomics>
struct EpochLink {
    typename Atomics::template plain<EpochLink*> epoch_next{nullptr};
    typename Atomics::template plain<void (*)(EpochLink&)> epoch_reclaim{nullptr};
};

/// A domain: its participants see structures whose nodes are retired here. It outlives them. When it is destroyed,
/// nobody participates and nothing waits.
template <std::size_t Participants, std::size_t MaxGarbage, class Atomics = StdAtomics>
class Epoch {
    static_assert(Participants >= 1 && MaxGarbage >= 1);

    using Number = std::uint64_t;
    using Link = EpochLink<Atomics>;

    struct Slot {
        typename Atomics::template atomic<Number> pinned{0};  ///< 0: not pinned; else the epoch and 1 in the lowest bit
        typename Atomics::template atomic<std::uint32_t> is_taken{0};
        typename Atomics::template plain<std::uint32_t> depth{0};  ///< of nested pins
    };

public:
    class Participant;

    /// A pin. While it lives, nodes that its participant finds in a structure are not reclaimed. Pins nest.
    class [[nodiscard]] Guard {
    public:
        Guard(const Guard&) = delete;
        Guard& operator=(const Guard&) = delete;
        ~Guard() { unpin(slot_); }

        /// Hands over a node that has been unlinked, so that nobody finds it any more who has not found it yet:
        /// `reclaim(node)` is called from some try_advance when nobody can have it. False: MaxGarbage nodes wait;
        /// nothing has changed. `reclaim` is a lambda without captures. Does not block.
        template <class T, class Reclaim>
            requires std::is_base_of_v<EpochLink<Atomics>, T> && std::is_empty_v<Reclaim> &&
                     std::is_default_constructible_v<Reclaim> && std::is_invocable_v<Reclaim, T&>
        [[nodiscard]] bool retire(T& node, Reclaim) const noexcept
        {
            return epoch_.retire(slot_, node, [](Link& link) { Reclaim{}(static_cast<T&>(link)); });
        }

    private:
        friend class Participant;
        Guard(Epoch& epoch, Slot& slot) noexcept : epoch_{epoch}, slot_{slot} { epoch.pin(slot); }

        Epoch& epoch_;
        Slot& slot_;
    };

    /// The right to pin. Leaves the domain at the end of its life, in which no pin of it exists any more.
    class [[nodiscard]] Participant {
    public:
        Participant(Participant&& other) noexcept
            : epoch_{other.epoch_}, slot_{std::exchange(other.slot_, nullptr)}
        {}
        Participant& operator=(Participant&&) = delete;
        ~Participant()
        {
            if (slot_ != nullptr) {
                kernel::invariant(slot_->depth.read() == 0, "epoch: a participant leaves while it is pinned");
                slot_->is_taken.store(0, std::memory_order_release);
            }
        }

        Guard pin() const noexcept { return Guard{*epoch_, *slot_}; }

    private:
        friend class Epoch;
        Participant(Epoch& epoch, Slot& slot) noexcept : epoch_{&epoch}, slot_{&slot} {}

        Epoch* epoch_;
        Slot* slot_;
    };

    constexpr Epoch() noexcept = default;
    Epoch(const Epoch&) = delete;
    Epoch& operator=(const Epoch&) = delete;
    ~Epoch()
    {
        for (Slot& slot : slots_) {
            const std::uint32_t is_taken = slot.is_taken.load(std::memory_order_relaxed);
            kernel::invariant(is_taken == 0, "epoch: destroyed while it has participants");
        }
        kernel::invariant(garbage() == 0, "epoch: destroyed while nodes wait to be reclaimed");
    }

    /// Takes a free slot; Error::too_many_participants if there is none. From threads and ISRs. Does not block.
    [[nodiscard]] Result<Participant> join() noexcept
    {
        for (Slot& slot : slots_) {
            std::uint32_t free = 0;
            if (slot.is_taken.compare_exchange_strong(free, 1, std::memory_order_acquire, std::memory_order_relaxed)) {
                return Participant{*this, slot};
            }
        }
        return Error::too_many_participants;
    }

    /// Moves the epoch on, unless somebody is pinned since before it began or somebody else is moving it on: then
    /// false. Reclaims what may be; its functions are called here, one after the other, and may retire and advance in
    /// turn. Whoever is pinned itself succeeds at most once. Does not block.
    bool try_advance() noexcept
    {
        if (advancing_.exchange(1, std::memory_order_acquire) != 0) {
            return false;
        }
        const Number epoch = epoch_.load(std::memory_order_relaxed);
        Atomics::fence(std::memory_order_seq_cst);
        if (!all_are_in(epoch)) {
            advancing_.store(0, std::memory_order_relaxed);
            return false;
        }
        Link* at = bins_[(epoch + 1) % bin_count].exchange(nullptr, std::memory_order_relaxed);
        epoch_.store(epoch + 1, std::memory_order_release);
        advancing_.store(0, std::memory_order_release);
        while (at != nullptr) {
            Link& node = *at;
            at = node.epoch_next.read();
            // Not garbage any more from here on; the function may retire another node.
            garbage_.fetch_sub(1, std::memory_order_relaxed);
            node.epoch_reclaim.read()(node);
        }
        return true;
    }

    /// How many nodes wait, at this moment. From anywhere.
    [[nodiscard]] std::size_t garbage() const noexcept
    {
        return static_cast<std::size_t>(garbage_.load(std::memory_order_relaxed));
    }

private:
    static constexpr std::size_t bin_count = 3;
    static constexpr Number pinned_bit = 1;

    static constexpr Number pinned_in(Number epoch) noexcept { return epoch << 1U | pinned_bit; }

    void pin(Slot& slot) noexcept
    {
        if (slot.depth.write()++ != 0) {
            return;
        }
        Number epoch = epoch_.load(std::memory_order_relaxed);
        for (;;) {
            slot.pinned.store(pinned_in(epoch), std::memory_order_release);
            Atomics::fence(std::memory_order_seq_cst);
            const Number now = epoch_.load(std::memory_order_relaxed);
            if (now == epoch) {
                return;
            }
            epoch = now;
        }
    }

    static void unpin(Slot& slot) noexcept
    {
        if (--slot.depth.write() == 0) {
            slot.pinned.store(0, std::memory_order_release);
        }
    }

    bool retire(Slot& slot, Link& node, void (*reclaim)(Link&)) noexcept
    {
        if (garbage_.fetch_add(1, std::memory_order_relaxed) >= MaxGarbage) {
            garbage_.fetch_sub(1, std::memory_order_relaxed);
            return false;
        }
        node.epoch_reclaim.write() = reclaim;
        // The participant's own store, so this is the epoch in which it is pinned.
        const Number epoch = slot.pinned.load(std::memory_order_relaxed) >> 1U;
        auto& bin = bins_[epoch % bin_count];
        Link* newest = bin.load(std::memory_order_relaxed);
        do {
            node.epoch_next.write() = newest;
        } while (!bin.compare_exchange_weak(newest, &node, std::memory_order_relaxed, std::memory_order_relaxed));
        return true;
    }

    [[nodiscard]] bool all_are_in(Number epoch) const noexcept
    {
        for (const Slot& slot : slots_) {
            const Number pinned = slot.pinned.load(std::memory_order_acquire);
            if (pinned != 0 && pinned != pinned_in(epoch)) {
                return false;
            }
        }
        return true;
    }

    typename Atomics::template atomic<Number> epoch_{0};
    typename Atomics::template atomic<std::uint32_t> advancing_{0};
    typename Atomics::template atomic<std::uint64_t> garbage_{0};
    typename Atomics::template atomic<Link*> bins_[bin_count]{};
    Slot slots_[Participants]{};
};

}  // namespace pegplan
