// A lock-free stack of small numbers: which slots of a table are free, which blocks of a pool.
//
// The numbers' links lie in a table beside the stack, so that several stacks can share one table, and so that a link can be
// read at any time: a number that somebody else has popped meanwhile still has a link, though a stale one. What the
// numbers stand for is never touched, and how many there are is known at run time alone. (The public TreiberStack has its
// links in the nodes of one array, whose size is a constant.) After Treiber, "Systems programming: coping with parallelism", IBM RJ 5118, 1986.
//
// Invariants
//   I1  The head holds a number and a tag. Each push increments the tag, and what pops change is not there again before the
//       next push; so the head never has the same value twice within 2^32 pushes, and a pop whose link has become stale (ABA)
//       fails and tries anew. A pop can only go wrong when it is preempted for a multiple of 2^32 pushes, exactly.
//   I2  A link is written by the one who has its number: between a pop that got it and the push that gives it back.
//
// Memory orders
//   - push releases with its compare-exchange, pop acquires with the load that each of its rounds
//     starts from: what was written to the thing that a number stands for before it was pushed is seen by the one who pops it,
//     and so is the link. Pushes and pops in between continue the release sequence, being read-modify-writes.
//   - pop's compare-exchange is relaxed: by I1 it reads the very write that has been acquired from.
//   - links are relaxed: a stale one is harmless (I1), and a current one is ordered by the head.
//
// Progress: lock-free; an operation repeats only when another one has succeeded meanwhile. On one CPU that other one is an
// interrupt's or a more urgent thread's, so nobody waits for somebody who cannot run.
//
// Model test: tests/model/index_stack_test.cpp.
#pragma once

#include <pegplan/lockfree/atomics.hpp>

#include <cstdint>

namespace pegplan::kernel {

/// A number below 2^32 - 1, or `no_index`.
using Index = std::uint32_t;
inline constexpr Index no_index = ~Index{0};

/// All zeros is an empty stack. Context: anywhere, ISRs included.
template <class Atomics = StdAtomics>
class IndexStack {
public:
    /// One for each number. All zeros to begin with, or anything else that is initialized.
    using Link = typename Atomics::template atomic<Index>;

    constexpr IndexStack() noexcept = default;
    IndexStack(const IndexStack&) = delete;
    IndexStack& operator=(const IndexStack&) = delete;

    /// Puts `index` on top. It is in no stack that shares the links.
    void push(Link* links, Index index) noexcept
    {
        std::uint64_t head = head_.load(std::memory_order_relaxed);
        for (;;) {
            const Index below = static_cast<Index>(head);
            links[index].store(below, std::memory_order_relaxed);
            const std::uint64_t next = next_tag(head) | name_of(index);
            if (head_.compare_exchange_weak(head, next, std::memory_order_release, std::memory_order_relaxed)) {
                return;
            }
        }
    }

    /// Takes what is on top, or `no_index`.
    [[nodiscard]] Index pop(Link* links) noexcept
    {
        for (;;) {
            std::uint64_t head = head_.load(std::memory_order_acquire);
            const Index name = static_cast<Index>(head);
            if (name == 0) {
                return no_index;
            }
            const Index below = links[name - 1].load(std::memory_order_relaxed);
            const std::uint64_t next = (head >> tag_shift << tag_shift) | below;
            if (head_.compare_exchange_weak(head, next, std::memory_order_relaxed, std::memory_order_relaxed)) {
                return name - 1;
            }
        }
    }

private:
    static constexpr int tag_shift = 32;

    /// In head and links a number is kept plus 1, so that 0 is nothing.
    static constexpr Index name_of(Index index) noexcept { return index + 1; }

    static constexpr std::uint64_t next_tag(std::uint64_t head) noexcept
    {
        return ((head >> tag_shift) + 1) << tag_shift;
    }

    typename Atomics::template atomic<std::uint64_t> head_{0};
};

/// Hands out the numbers below a limit and takes them back; knows which are out, so that giving one back twice is noticed.
/// All zeros has all of them. Context: anywhere, ISRs included.
template <class Atomics = StdAtomics>
class IndexPool {
public:
    using Link = typename IndexStack<Atomics>::Link;

    constexpr IndexPool() noexcept = default;

    /// A number below `limit`, or `no_index`. `links` has that many entries, all zeros before the first call. Lock-free.
    [[nodiscard]] Index take(Link* links, Index limit) noexcept
    {
        Index index = free_.pop(links);
        if (index == no_index) [[unlikely]] {
            index = take_fresh(limit);
            if (index == no_index) {
                return no_index;
            }
        }
        links[index].store(out, std::memory_order_relaxed);
        return index;
    }

    /// Begins to give a number back: false when it is not out. Of several who try at once one succeeds. Wait-free.
    [[nodiscard]] bool recall(Link* links, Index index) noexcept
    {
        // Relaxed: the thing itself came from the one who took it to here in a way that orders it.
        Index expected = out;
        return links[index].compare_exchange_strong(expected, 0, std::memory_order_relaxed, std::memory_order_relaxed);
    }

    /// Ends it: the number can be taken again. Lock-free.
    void give(Link* links, Index index) noexcept { free_.push(links, index); }

    /// Whether a number is out at this moment.
    [[nodiscard]] static bool is_out(const Link& link) noexcept { return link.load(std::memory_order_relaxed) == out; }

private:
    /// In the link of a number that is in no stack.
    static constexpr Index out = ~Index{0};

    /// One that has never been out: so nobody has to link them all in the beginning.
    [[gnu::noinline]] Index take_fresh(Index limit) noexcept
    {
        Index fresh = fresh_.load(std::memory_order_relaxed);
        while (fresh < limit) {
            const Index next = fresh + 1;
            if (fresh_.compare_exchange_weak(fresh, next, std::memory_order_relaxed, std::memory_order_relaxed)) {
                return fresh;
            }
        }
        return no_index;
    }

    IndexStack<Atomics> free_;
    typename Atomics::template atomic<Index> fresh_{0};
};

}  // namespace pegplan::kernel
