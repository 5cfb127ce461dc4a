// Small numbers that are handed out and come back, without a lock: which slots of a table are free, which blocks of a pool.
//
// Free numbers stand in an IndexStack (<pegplan/lockfree/treiber_stack.hpp>), which says how it works. Their links lie in a
// table beside it, so that several stacks can share one table, and so that a link can be read at any time: a number
// that somebody else has popped meanwhile still has a link, though a stale one. What the numbers stand for is never touched,
// and how many there are is known at run time alone.
//
// Invariant: a link is written by the one who has its number: between a pop that got it and the push that gives it back.
//
// Model test: tests/model/index_pool_test.cpp.
#pragma once

#include <pegplan/lockfree/treiber_stack.hpp>

#include <cstdint>

namespace pegplan::kernel {

/// A number below 2^32 - 1, or `no_index`.
using Index = std::uint32_t;
inline constexpr Index no_index = ~Index{0};

/// A stack of numbers that shares a table of links with others.
template <class Atomics = StdAtomics>
class SharedIndexStack {
public:
    using Link = typename IndexStack<32, Atomics>::Link;

    /// Puts `index` on top. It is in no stack that shares the links. Context: anywhere, ISRs included.
    void push(Link* links, Index index) noexcept { stack_.push(index, Table{links}); }

    /// Takes what is on top, or `no_index`. Context: anywhere, ISRs included.
    [[nodiscard]] Index pop(Link* links) noexcept { return stack_.pop(Table{links}); }

private:
    struct Table {
        Link* links;
        Link& operator()(Index index) const noexcept { return links[index]; }
    };

    IndexStack<32, Atomics> stack_;
    static_assert(IndexStack<32, Atomics>::none == no_index);
};

/// Hands out the numbers below a limit and takes them back; knows which are out, so that giving one back twice is noticed.
/// All zeros has all of them. Context: anywhere, ISRs included.
template <class Atomics = StdAtomics>
class IndexPool {
public:
    using Link = typename SharedIndexStack<Atomics>::Link;

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

    /// Both: false, and nothing is given back, when it is not out.
    [[nodiscard]] bool give_back(Link* links, Index index) noexcept
    {
        if (!recall(links, index)) [[unlikely]] {
            return false;
        }
        give(links, index);
        return true;
    }

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

    SharedIndexStack<Atomics> free_;
    typename Atomics::template atomic<Index> fresh_{0};
};

}  // namespace pegplan::kernel
