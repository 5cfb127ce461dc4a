// Stacks with a page below them that nobody may touch, so that an overflow faults where it happens instead of running into
// another stack.
//
// To protect a page costs far more than all the rest of a thread's life. So a stack that comes back keeps its page for a
// while, and the next one of that size gets it: threads that come and go cost nothing extra. What is kept goes back to the
// arena when that has no memory left, or to make room for other sizes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace pegplan::kernel {

/// Takes its memory from `Arena`, a Tlsf; `Port` protects pages (arch::ArchProtectsPages). Not synchronised.
template <class Arena, class Port>
class GuardedStacks {
public:
    constexpr explicit GuardedStacks(Arena& arena) noexcept : arena_{arena} {}

    /// A stack of `bytes` bytes, rounded up to the arena's alignment, or an empty span. O(1) but for memory that runs out.
    [[nodiscard]] std::span<std::byte> allocate(std::size_t bytes) noexcept
    {
        const std::size_t size = round_up(bytes, Arena::alignment);
        if (Shelf* const shelf = shelf_of(size); shelf != nullptr && shelf->kept != nullptr) {
            Tail* const tail = shelf->kept;
            shelf->kept = tail->next;
            --kept_;
            return tail->stack();
        }
        constexpr std::size_t around = 2 * Port::page_size + sizeof(Tail);
        void* block = arena_.allocate(size + around);
        if (block == nullptr && kept_ > 0) {
            drain();
            block = arena_.allocate(size + around);
        }
        if (block == nullptr) {
            return {};
        }
        auto* const guard = reinterpret_cast<std::byte*>(round_up(reinterpret_cast<std::uintptr_t>(block), Port::page_size));
        if (!Port::protect_page(guard)) {
            arena_.release(block);
            return {};
        }
        auto* const tail = reinterpret_cast<Tail*>(guard + Port::page_size + size);
        *tail = {block, size, nullptr};
        return tail->stack();
    }

    /// Takes back what `allocate` returned. O(1), but when the stacks of a size have to make room for another size: then for
    /// each of them a page is made accessible, at most `most_kept` times.
    void release(std::span<std::byte> stack) noexcept
    {
        auto* const tail = reinterpret_cast<Tail*>(stack.data() + stack.size());
        if (kept_ == most_kept) {
            discard(*tail);
            return;
        }
        Shelf* shelf = shelf_of(tail->size);
        if (shelf == nullptr) {
            shelf = &shelves_[next_victim_];
            next_victim_ = (next_victim_ + 1) % shelves_.size();
            empty(*shelf);
            shelf->size = tail->size;
        }
        tail->next = shelf->kept;
        shelf->kept = tail;
        ++kept_;
    }

    /// Gives all that is kept back to the arena.
    void drain() noexcept
    {
        for (Shelf& shelf : shelves_) {
            empty(shelf);
        }
    }

private:
    static constexpr std::size_t most_kept = 64;
    static constexpr std::size_t sizes = 8;

    /// Stands above the stack: at its other end an overflow would destroy it.
    struct alignas(Arena::alignment) Tail {
        void* block;
        std::size_t size;
        Tail* next;

        [[nodiscard]] std::span<std::byte> stack() noexcept { return {reinterpret_cast<std::byte*>(this) - size, size}; }
    };

    /// Stacks of one size that are kept.
    struct Shelf {
        std::size_t size;
        Tail* kept;
    };

    static constexpr std::size_t round_up(std::size_t value, std::size_t alignment) noexcept
    {
        return (value + alignment - 1) & ~(alignment - 1);
    }

    [[nodiscard]] Shelf* shelf_of(std::size_t size) noexcept
    {
        for (Shelf& shelf : shelves_) {
            if (shelf.size == size) {
                return &shelf;
            }
        }
        return nullptr;
    }

    void discard(Tail& tail) noexcept
    {
        Port::unprotect_page(tail.stack().data() - Port::page_size);
        arena_.release(tail.block);
    }

    void empty(Shelf& shelf) noexcept
    {
        while (Tail* const tail = shelf.kept) {
            shelf.kept = tail->next;
            --kept_;
            discard(*tail);
        }
    }

    Arena& arena_;
    std::array<Shelf, sizes> shelves_{};
    std::size_t next_victim_ = 0;
    std::size_t kept_ = 0;
};

/// The same without protection.
template <class Arena>
class PlainStacks {
public:
    constexpr explicit PlainStacks(Arena& arena) noexcept : arena_{arena} {}

    [[nodiscard]] std::span<std::byte> allocate(std::size_t bytes) noexcept
    {
        void* const stack = arena_.allocate(bytes);
        return stack != nullptr ? std::span{static_cast<std::byte*>(stack), Arena::size_of(stack)} : std::span<std::byte>{};
    }

    void release(std::span<std::byte> stack) noexcept { arena_.release(stack.data()); }
    void drain() noexcept {}

private:
    Arena& arena_;
};

}  // namespace pegplan::kernel
