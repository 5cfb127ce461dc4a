// A stack that any number of threads, ISRs and CPUs push to and pop from, without a lock: for free lists, of blocks,
// buffers, stacks.
//
// What is newest stands in one word, its link to the next one in a place of its own; push and pop exchange that word.
// After Treiber, "Systems programming: coping with parallelism", IBM RJ 5118, 1986, with the tag that he takes over from
// the System/370 manual. The algorithm is IndexStack, a stack of numbers whose links lie where the caller says. Two forms are
// made of it: TreiberStack, of objects in one array that have their links in them, and the kernel's pools
// (core/base/index_pool.hpp), whose links lie in a table, away from what is handed out.
//
// ABA: who pops reads what is on top and its link, and is then preempted; meanwhile that is popped, so are others,
// and it is pushed again. The word would look the same, and the old link would become the top. So the word holds a tag
// besides, which counts pushes. riscv64 has no compare-exchange of two words, so number and tag share 64 bits, each as wide
// as the greatest number asks for and as is left: for 1,000 nodes 10 and 54 bits. The tag counts pushes modulo 2^TagBits; a pop
// goes wrong only when between its load and its exchange exactly a multiple of 2^TagBits pushes come, and the same number is on
// top again. At a push every 10 ns that is a thread that is preempted for 5.7 years with 54 bits, and for 43 s with the 32 bits
// that pools of any size have. (Packing a pointer would leave 16 bits for the tag: half a millisecond.)
//
// Callers: threads and ISRs, in any mixture, at any moment; an ISR may interrupt any operation and do any other.
//
// Invariants
//   I1  From `top_`, the links lead through what was pushed and not popped, newest first, to 0.
//   I2  Every push makes a tag that was not there before (modulo 2^TagBits), and a pop keeps the tag and takes a number
//       away: so no value of `top_` comes twice, and an exchange that succeeds has found the very write that the load
//       read.
//   I3  Links stay readable as long as the stack exists: a pop that comes too late reads the link of what somebody else
//       has, and throws it away. Hence the link is atomic, and its memory outlives the stack.
//
// Memory orders
//   - push: release publishes the link and what the number stands for.
//   - pop: the load acquires from the push that it reads, and from all earlier ones, since `top_` is only changed by
//     read-modify-writes, which continue release sequences. Where the exchange fails, it is loaded again.
//   - Where the exchange of pop succeeds it may be relaxed: by I2 it reads what has been acquired from already, and
//     what it stores was made by others, who have published it. That the link is read before the store needs no order:
//     the store's value depends on it.
//   - Links are relaxed: the orders on `top_` carry them.
//
// Progress: lock-free, both: a failed round means that another push or pop succeeded (or, with weak exchanges, that the
// CPU lost its reservation). On one CPU that other one is an interrupt's or a more urgent thread's, so nobody waits for
// somebody who cannot run.
//
// Model tests: tests/model/treiber_stack_test.cpp, tests/model/index_pool_test.cpp.
#pragma once

#include <pegplan/lockfree/atomics.hpp>

#include "core/base/check.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace pegplan {

/// A stack of numbers below 2^IndexBits - 1. `link_of(number)`, which each call is given, returns a reference to the
/// number's link: the same each time, in memory that outlives the stack. Stacks may share links, since a number stands in one
/// stack at a time. All zeros is an empty stack. `TagBits` is for tests. Context: anywhere, ISRs included; nothing blocks.
template <int IndexBits = 32, class Atomics = StdAtomics, int TagBits = 64 - IndexBits>
class IndexStack {
    static_assert(IndexBits >= 1 && IndexBits <= 32, "a number and a link have 32 bits");
    static_assert(TagBits >= 0 && TagBits + IndexBits <= 64, "number and tag share 64 bits");

public:
    using Index = std::uint32_t;
    static constexpr Index none = ~Index{0};

    /// One for each number. All zeros to begin with, or anything else that is initialized.
    using Link = typename Atomics::template atomic<Index>;

    constexpr IndexStack() noexcept = default;
    IndexStack(const IndexStack&) = delete;
    IndexStack& operator=(const IndexStack&) = delete;

    /// Puts `index`, which is in no stack that shares the links, on top.
    template <class LinkOf>
    void push(Index index, LinkOf link_of) noexcept
    {
        Link& link = link_of(index);
        Word top = top_.load(std::memory_order_relaxed);
        Word pushed;
        do {
            link.store(name(top), std::memory_order_relaxed);
            pushed = word(index + 1, tag(top) + 1);
        } while (!top_.compare_exchange_weak(top, pushed, std::memory_order_release, std::memory_order_relaxed));
    }

    /// Takes what was pushed last, or `none`.
    template <class LinkOf>
    [[nodiscard]] Index pop(LinkOf link_of) noexcept
    {
        for (;;) {
            Word top = top_.load(std::memory_order_acquire);
            const Index found = name(top);
            if (found == 0) {
                return none;
            }
            Link& link = link_of(found - 1);
            const Word rest = word(link.load(std::memory_order_relaxed), tag(top));
            if (top_.compare_exchange_weak(top, rest, std::memory_order_relaxed, std::memory_order_relaxed)) {
                return found - 1;
            }
        }
    }

    /// Whether there was nothing at this moment.
    [[nodiscard]] bool empty() const noexcept
    {
        const Word top = top_.load(std::memory_order_relaxed);
        return name(top) == 0;
    }

private:
    // In the low bits, as in links, a number is kept plus 1, so that 0 is nothing; above it the tag.
    using Word = std::uint64_t;
    static constexpr Word name_mask = ~Word{0} >> (64 - IndexBits);
    static constexpr Word tag_mask = TagBits == 0 ? 0 : ~Word{0} >> (64 - TagBits);

    static constexpr Index name(Word word) noexcept { return static_cast<Index>(word & name_mask); }
    static constexpr Word tag(Word word) noexcept { return (word >> IndexBits) & tag_mask; }
    static constexpr Word word(Word name, Word tag) noexcept { return name | (tag & tag_mask) << IndexBits; }

    typename Atomics::template atomic<Word> top_{0};
};

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

public:
    /// An empty stack for the objects of this array, which outlives it.
    constexpr explicit TreiberStack(std::span<T, Nodes> nodes) noexcept : nodes_{nodes.data()} {}

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
        places_.push(static_cast<Index>(index), Links{nodes_});
    }

    /// Takes the node that was pushed last, or returns null if there is none. From threads and ISRs. Does not block.
    [[nodiscard]] T* pop() noexcept
    {
        const Index index = places_.pop(Links{nodes_});
        if (index == Places::none) {
            return nullptr;
        }
        T& node = nodes_[index];
        node.in_treiber_stack.write() = false;
        return &node;
    }

    /// Whether there was nothing at this moment. From anywhere.
    [[nodiscard]] bool empty() const noexcept { return places_.empty(); }

private:
    using Places = IndexStack<std::bit_width(Nodes), Atomics, TagBits>;
    using Index = typename Places::Index;

    struct Links {
        T* nodes;
        typename Places::Link& operator()(Index index) const noexcept { return nodes[index].treiber_next; }
    };

    T* const nodes_;
    Places places_;
};

}  // namespace pegplan
