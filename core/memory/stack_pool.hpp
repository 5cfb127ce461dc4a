// The stacks of threads: taken from the pool when one of that size has come back, else from the arena.
//
// What a spawn costs is mostly its stack: to find and to join blocks of memory takes hundreds of instructions, and to
// protect a guard page far more. So a stack that comes back keeps its memory and its page for a while, and the next
// thread with a stack of that size gets it. The pool is lock-free. A table says where the stacks are; a new one gets a
// place in it, whose number goes with the stack to the thread and back. Stacks that nobody uses stand on shelves, which
// are stacks (the data structure) of such numbers. A size has its shelf by a hash, so nothing is searched. Round sizes (powers of
// two) all have different shelves; when two sizes share one, whoever meets a stack of another size there gives it
// to the arena. Everything is O(1), `drain` excepted.
//
// The arena is not lock-free: it is reached under `Lock`, and only when the pool cannot help. What the pool keeps goes
// back to it when it has no memory left.
//
// With guards a page below each stack cannot be accessed: an overflow faults where it happens instead of running into
// somebody else's memory.
//
// Model test: that of IndexStack (tests/model/index_pool_test.cpp), of which all sharing here is made. Unit test:
// tests/unit/stack_pool_test.cpp.
#pragma once

#include "core/base/index_pool.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

namespace pegplan::kernel {

/// Guard pages by `Port` (arch::ArchProtectsPages).
template <class Port>
struct PageGuards {
    static constexpr std::size_t size = Port::page_size;
    static bool raise(std::byte* page) noexcept { return Port::protect_page(page); }
    static void lower(std::byte* page) noexcept { Port::unprotect_page(page); }
};

/// None.
struct NoGuards {
    static constexpr std::size_t size = 0;
    static bool raise(std::byte*) noexcept { return true; }
    static void lower(std::byte*) noexcept {}
};

/// The number of a stack's place in the table; `no_place` when there was none left for it.
using StackPlace = std::uint16_t;
inline constexpr StackPlace no_place = std::numeric_limits<StackPlace>::max();

/// `Arena`: a Tlsf. `Guards`: PageGuards or NoGuards. `places`: how many stacks the table knows; others come from the arena and
/// go back to it each time. `Lock`: its life is a critical section; the arena is used, and pages are protected, in none
/// but those. All zeros is an empty pool. Context: threads, masked or not.
template <class Arena, class Guards, StackPlace places, class Lock, class Atomics = StdAtomics>
class StackPool {
public:
    struct Taken {
        std::span<std::byte> memory;  ///< empty: there was none
        StackPlace place;
    };

    constexpr StackPool() noexcept = default;

    /// Takes over the memory that stacks are made of; once, before all else.
    void add_region(std::span<std::byte> region) noexcept { arena_.add_region(region); }

    /// Bytes that neither threads nor the shelves have, in however many pieces.
    [[nodiscard]] std::size_t free_bytes() const noexcept
    {
        const Lock lock;
        return arena_.free_bytes();
    }

    /// What `take` makes of a size.
    static constexpr std::size_t rounded(std::size_t bytes) noexcept
    {
        return (bytes + Arena::alignment - 1) & ~(Arena::alignment - 1);
    }

    /// A stack of `bytes` bytes, rounded up to the arena's alignment.
    [[nodiscard]] Taken take(std::size_t bytes) noexcept
    {
        const std::size_t size = rounded(bytes);
        if (const Index place = shelf_of(size).pop(links_.data()); place != no_index) {
            const std::span<std::byte> memory = stacks_[place];
            if (memory.size() == size) [[likely]] {
                return {memory, static_cast<StackPlace>(place)};
            }
            retire(place);
        }
        return make(size);
    }

    /// Takes back what `take` returned. Nobody runs on it.
    void give(const Taken& stack) noexcept
    {
        if (stack.place == no_place) {
            discard(stack.memory);
        } else {
            shelf_of(stack.memory.size()).push(links_.data(), stack.place);
        }
    }

    /// Gives all that nobody uses back to the arena, one stack in each critical section; returns how many there were: at most
    /// `places`, and what others return meanwhile.
    [[gnu::noinline]] std::size_t drain() noexcept
    {
        std::size_t count = 0;
        for (Shelf& shelf : shelves_) {
            for (Index place = shelf.pop(links_.data()); place != no_index; place = shelf.pop(links_.data())) {
                retire(place);
                ++count;
            }
        }
        return count;
    }

private:
    using Shelf = SharedIndexStack<Atomics>;

    static constexpr int shelves_log2 = 4;

    /// All windows of four bits of this de Bruijn sequence are different, so sixteen successive powers of two hash to
    /// sixteen shelves. (The smallest one that makes a difference is the arena's alignment.)
    [[nodiscard]] Shelf& shelf_of(std::size_t size) noexcept
    {
        constexpr std::size_t sequence = 0x09af;
        constexpr int window = 16 - shelves_log2;
        return shelves_[(size / Arena::alignment * sequence >> window) % shelves_.size()];
    }

    /// A new stack, of what the shelves hold if the arena has nothing else.
    [[gnu::noinline]] Taken make(std::size_t size) noexcept
    {
        std::span<std::byte> memory = carve(size);
        if (memory.empty() && drain() > 0) {
            memory = carve(size);
        }
        if (memory.empty()) {
            return {};
        }
        const Index place = unused_.take(links_.data(), places);
        if (place == no_index) {
            return {memory, no_place};
        }
        stacks_[place] = memory;
        return {memory, static_cast<StackPlace>(place)};
    }

    [[nodiscard]] std::span<std::byte> carve(std::size_t size) noexcept
    {
        const Lock lock;
        auto* const block = static_cast<std::byte*>(Guards::size == 0 ? arena_.allocate(size)
                                                                      : arena_.allocate(size + Guards::size, Guards::size));
        if (block == nullptr) {
            return {};
        }
        if (!Guards::raise(block)) {
            arena_.release(block);
            return {};
        }
        return {block + Guards::size, size};
    }

    /// Gives a stack that is on no shelf to the arena, and its place to another one.
    [[gnu::noinline]] void retire(Index place) noexcept
    {
        discard(stacks_[place]);
        unused_.give(links_.data(), place);
    }

    [[gnu::noinline]] void discard(std::span<std::byte> stack) noexcept
    {
        const Lock lock;
        std::byte* const block = stack.data() - Guards::size;
        Guards::lower(block);
        arena_.release(block);
    }

    Arena arena_;
    std::array<Shelf, std::size_t{1} << shelves_log2> shelves_{};
    IndexPool<Atomics> unused_;  // places of no stack
    std::array<typename Shelf::Link, places> links_{};
    std::array<std::span<std::byte>, places> stacks_{};  // written by the one who has the place's number
};

}  // namespace pegplan::kernel
