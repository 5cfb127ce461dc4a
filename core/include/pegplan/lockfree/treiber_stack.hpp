// An intrusive stack that any number of threads, ISRs and CPUs push to and pop from, without a lock: for free lists, of
// blocks, buffers, stacks.
//
// The link of the newest node stands in one word; push and pop exchange that word. After Treiber, "Systems programming:
// coping with parallelism", IBM RJ 5118, 1986, with the tag that he takes over from the System/370 manual.
//
// ABA: who pops reads the top node and its link, and is then preempted; meanwhile the node is popped, so are others,
// and it is pushed again. The word would look the same, and the old link would become the top. So the word holds a tag
// besides, which counts pushes. riscv64 has no compare-exchange of two words, so node and tag share 64 bits: all nodes
// stand in one array, and the word names a node by its place there. Place and tag are as wide as `Nodes` asks for and
// as is left: for 1,000 nodes 10 and 54 bits. The tag counts pushes modulo 2^TagBits; a pop goes wrong only when
// between its load and its exchange exactly a multiple of 2^TagBits pushes come, and the same node is on top again. At
// a push every 10 ns that is a thread that is preempted for 5.7 years with 54 bits, and for 43 s with the 32 bits of
// 2^32 - 1 nodes. (Packing a pointer would leave 16 bits for the tag: half a millisecond.)
//
// Callers: threads and ISRs, in any mixture, at any moment; an ISR may interrupt any operation and do any other.
//
// Invariants
//   I1  From `top_`, the links lead through the nodes that were pushed and not popped, newest first, to 0.
//   I2  Every push makes a tag that was not there before (modulo 2^TagBits), and a pop keeps the tag and takes a node
//       away: so no value of `top_` comes twice, and an exchange that succeeds has found the very write that the load
//       read.
//   I3  Nodes stay readable as long as the stack exists: a pop that comes too late reads the link of a node that
//       somebody else has, and throws it away. Hence the link is atomic, and the array outlives the stack.
//
// Memory orders
//   - push: release publishes link and contents of the node.
//   - pop: the load acquires from the push that it reads, and from all earlier ones, since `top_` is only changed by
//     read-modify-writes, which continue release sequences. Where the exchange fails, it is loaded again.
//   - Where the exchange of pop succeeds it may be relaxed: by I2 it reads what has been acquired from already, and
//     what it stores was made by others, who have published it. That the link is read before the store needs no order:
//     the store's value depends on it.
//   - Links are relaxed: the orders on `top_` carry them.
//
// Progress: lock-free, both: a failed round means that another push or pop succeeded (or, with weak exchanges, that the
// CPU lost its reservation).
//
// Model test: tests/model/treiber_stack_test.cpp.
#pragma once

#include <pegplan/lockfree/atomics.hpp>

#include "core/base/check.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace pegplan {

/// Base of what can stand in a TreiberStack, in one at a time.
template <class Atomics = StdAtomics>
struct TreiberLink {
    typename Atomics::template atomic<std::uint32_t> treiber_next{0};  ///< place of the next node, counted from 1
    typename Atomics::template plain<bool> in_treiber_stack{false};
};

/// A stack of up to `Nodes` objects of type `T`, which derives from TreiberLink<Atomics>. `TagBits` is for tests.
/// Memory: 16 bytes, and 8 in each node.
template <class T, std::size_t Nodes, class Atomics = StdAtomics, int TagBits = 64 - std::bit_width(Nodes)>
class TreiberStack {
    static_assert(Nodes >= 1 && Nodes < (std::uint64_t{1} << 32U), "a node's place is a number of 32 bits");
    static_assert(TagBits >= 0 && TagBits + std::bit_width(Nodes) <= 64, "place and tag share 64 bits");

public:
    /// An empty stack for the objects of this array, which outlives it.
    constexpr explicit TreiberStack(std::span<T, Nodes> nodes) noexcept : nodes_{nodes.data()} {}
    TreiberStack(const TreiberStack&) = delete;
    TreiberStack& operator=(const TreiberStack&) = delete;

    /// Puts a node of the array, which is in no stack, on top. From threads and ISRs. Does not block. Panics when the
    /// node is not one of the array.
    void push(T& node) noexcept
    {
        const std::size_t index = static_cast<std::size_t>(&node - nodes_);
        if (index >= Nodes) [[unlikely]] {
            panic("treiber stack: push of a node that is not one of its array");
        }
        kernel::ensure(!node.in_treiber_stack.read(), "treiber stack: push of a node that is in a stack already");
        node.in_treiber_stack.write() = true;
        Word top = top_.load(std::memory_order_relaxed);
        Word pushed;
        do {
            node.treiber_next.store(place(top), std::memory_order_relaxed);
            pushed = word(index + 1, tag(top) + 1);
        } while (!top_.compare_exchange_weak(top, pushed, std::memory_order_release, std::memory_order_relaxed));
    }

    /// Takes the node that was pushed last, or returns null if there is none. From threads and ISRs. Does not block.
    [[nodiscard]] T* pop() noexcept
    {
        for (;;) {
            Word top = top_.load(std::memory_order_acquire);
            if (place(top) == 0) {
                return nullptr;
            }
            T& node = nodes_[place(top) - 1];
            const Word rest = word(node.treiber_next.load(std::memory_order_relaxed), tag(top));
            if (top_.compare_exchange_weak(top, rest, std::memory_order_relaxed, std::memory_order_relaxed)) {
                node.in_treiber_stack.write() = false;
                return &node;
            }
        }
    }

    /// Whether there was nothing at this moment. From anywhere.
    [[nodiscard]] bool empty() const noexcept
    {
        const Word top = top_.load(std::memory_order_relaxed);
        return place(top) == 0;
    }

private:
    // The place in the low bits, 0 for none; above it the tag.
    using Word = std::uint64_t;
    static constexpr int place_bits = std::bit_width(Nodes);
    static constexpr Word place_mask = (Word{1} << place_bits) - 1;
    static constexpr Word tag_mask = TagBits == 0 ? 0 : ~Word{0} >> (64 - TagBits);

    static constexpr std::uint32_t place(Word word) noexcept { return static_cast<std::uint32_t>(word & place_mask); }
    static constexpr Word tag(Word word) noexcept { return (word >> place_bits) & tag_mask; }
    static constexpr Word word(Word place, Word tag) noexcept { return place | (tag & tag_mask) << place_bits; }

    T* const nodes_;
    typename Atomics::template atomic<Word> top_{0};
};

}  // namespace pegplan
