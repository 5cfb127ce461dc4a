// Two-level segregated fit: allocation and release in constant time, with little fragmentation.
//
// Free blocks are kept in lists by size class: the first level is the power of two, the second divides it into
// equal parts; a bitmap of either level finds the smallest class that surely fits with two bit scans. Neighbouring free
// blocks are joined at once. After Masmano, Ripoll, Crespo and Real, "TLSF: a new dynamic memory allocator for
// real-time systems", ECRTS 2004. Pure logic over the memory that it is given; not synchronised.
#pragma once

#include "core/base/check.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace pegplan::kernel {

/// Manages one contiguous region of less than 2^MaxLog2 bytes.
template <int MaxLog2>
class Tlsf {
public:
    static constexpr std::size_t alignment = 16;

    /// Takes over `region`; once. Its ends are trimmed to the alignment.
    void add_region(std::span<std::byte> region) noexcept
    {
        const auto begin = reinterpret_cast<std::uintptr_t>(region.data());
        const std::uintptr_t first = round_up(begin);
        const std::uintptr_t last = (begin + region.size()) & ~(alignment - 1);
        invariant(last - first >= 2 * sizeof(Header) + smallest && (last - first) >> MaxLog2 == 0,
                  "an arena of {} bytes is out of the allocator's range", region.size());
        // The region ends in a header that is never free, so that the last block needs no special case.
        auto* const block = reinterpret_cast<Block*>(first);
        block->previous = nullptr;
        block->set(last - first - 2 * sizeof(Header), true);
        Header* const end = block->next();
        end->previous = block;
        end->set(0, false);
        insert(*block);
        free_bytes_ = block->size();
    }

    /// Returns `bytes` bytes aligned to 16, or null. O(1).
    [[nodiscard]] void* allocate(std::size_t bytes) noexcept
    {
        if (bytes >> MaxLog2 != 0) {
            return nullptr;
        }
        const std::size_t size = bytes < smallest ? smallest : round_up(bytes);
        Block* const block = take_fitting(size);
        if (block == nullptr) {
            return nullptr;
        }
        const std::size_t rest = block->size() - size;
        if (rest >= sizeof(Header) + smallest) {
            block->set(size, false);
            auto* const remainder = static_cast<Block*>(block->next());
            remainder->previous = block;
            remainder->set(rest - sizeof(Header), true);
            remainder->next()->previous = remainder;
            insert(*remainder);
            free_bytes_ -= sizeof(Header);
        } else {
            block->set(block->size(), false);
        }
        free_bytes_ -= block->size();
        return block->payload();
    }

    /// Gives back what `allocate` returned. O(1).
    void release(void* payload) noexcept
    {
        auto* block = reinterpret_cast<Block*>(static_cast<std::byte*>(payload) - sizeof(Header));
        invariant(!block->is_free(), "memory at {} is released twice", payload);
        std::size_t size = block->size();
        free_bytes_ += size;
        Header* const next = block->next();
        if (next->is_free()) {
            remove(*static_cast<Block*>(next));
            size += sizeof(Header) + next->size();
            free_bytes_ += sizeof(Header);
        }
        if (block->previous != nullptr && block->previous->is_free()) {
            block = static_cast<Block*>(block->previous);
            remove(*block);
            size += sizeof(Header) + block->size();
            free_bytes_ += sizeof(Header);
        }
        block->set(size, true);
        block->next()->previous = block;
        insert(*block);
    }

    /// The size of an allocated block: what was asked for, rounded up.
    [[nodiscard]] static std::size_t size_of(const void* payload) noexcept
    {
        return reinterpret_cast<const Header*>(static_cast<const std::byte*>(payload) - sizeof(Header))->size();
    }

    /// Bytes that are free, in however many pieces.
    [[nodiscard]] std::size_t free_bytes() const noexcept { return free_bytes_; }

private:
    static constexpr int second_log2 = 4;  // classes per power of two: at most 1/16 is lost to rounding
    static constexpr std::size_t second_count = std::size_t{1} << second_log2;
    static constexpr std::size_t smallest = 16;  // room for the links of a free block
    // Below 2^first_log2 the classes are multiples of the alignment, and share row 0.
    static constexpr int first_log2 = second_log2 + 4;
    static constexpr std::size_t first_count = MaxLog2 - first_log2 + 1;
    static_assert(MaxLog2 > first_log2 && first_count <= 32);

    /// What precedes each block.
    struct Header {
        Header* previous;  ///< the block before it in memory, or null
        std::size_t size_and_free;

        [[nodiscard]] std::size_t size() const noexcept { return size_and_free & ~std::size_t{1}; }
        [[nodiscard]] bool is_free() const noexcept { return (size_and_free & 1) != 0; }
        void set(std::size_t size, bool is_free) noexcept { size_and_free = size | (is_free ? 1 : 0); }
        [[nodiscard]] void* payload() noexcept { return this + 1; }
        [[nodiscard]] Header* next() noexcept
        {
            return reinterpret_cast<Header*>(reinterpret_cast<std::byte*>(this + 1) + size());
        }
    };
    static_assert(sizeof(Header) == alignment);

    /// A free block: its links lie where the payload was.
    struct Block : Header {
        Block* next_free;
        Block* previous_free;
    };

    struct Class {
        std::size_t first;
        std::size_t second;
    };

    static constexpr std::uintptr_t round_up(std::uintptr_t value) noexcept
    {
        return (value + alignment - 1) & ~(alignment - 1);
    }

    /// The class in which a block of this size is kept.
    static constexpr Class class_of(std::size_t size) noexcept
    {
        if (size >> first_log2 == 0) {
            return {0, size / alignment};
        }
        const auto log2 = static_cast<int>(std::bit_width(size)) - 1;
        return {static_cast<std::size_t>(log2 - first_log2 + 1), (size >> (log2 - second_log2)) - second_count};
    }

    /// Unlinks and returns a block of at least `size` bytes, or null.
    Block* take_fitting(std::size_t size) noexcept
    {
        // Rounded up to the next class, every block of which fits.
        std::size_t rounded = size;
        if (size >> first_log2 != 0) {
            rounded += (std::size_t{1} << (static_cast<int>(std::bit_width(size)) - 1 - second_log2)) - 1;
        }
        auto [first, second] = class_of(rounded);
        if (first >= first_count) {
            return nullptr;
        }
        std::uint32_t map = second_map_[first] & (~std::uint32_t{0} << second);
        if (map == 0) {
            const std::uint64_t rows = std::uint64_t{first_map_} & (~std::uint64_t{0} << (first + 1));
            if (rows == 0) {
                return nullptr;
            }
            first = static_cast<std::size_t>(std::countr_zero(rows));
            map = second_map_[first];
        }
        Block* const block = lists_[first][static_cast<std::size_t>(std::countr_zero(map))];
        remove(*block);
        return block;
    }

    void insert(Block& block) noexcept
    {
        const auto [first, second] = class_of(block.size());
        Block*& head = lists_[first][second];
        block.next_free = head;
        block.previous_free = nullptr;
        if (head != nullptr) {
            head->previous_free = &block;
        }
        head = &block;
        first_map_ |= std::uint32_t{1} << first;
        second_map_[first] |= std::uint32_t{1} << second;
    }

    void remove(Block& block) noexcept
    {
        const auto [first, second] = class_of(block.size());
        if (block.next_free != nullptr) {
            block.next_free->previous_free = block.previous_free;
        }
        if (block.previous_free != nullptr) {
            block.previous_free->next_free = block.next_free;
            return;
        }
        lists_[first][second] = block.next_free;
        if (block.next_free == nullptr) {
            second_map_[first] &= ~(std::uint32_t{1} << second);
            if (second_map_[first] == 0) {
                first_map_ &= ~(std::uint32_t{1} << first);
            }
        }
    }

    std::uint32_t first_map_ = 0;
    std::array<std::uint32_t, first_count> second_map_{};
    std::array<std::array<Block*, second_count>, first_count> lists_{};
    std::size_t free_bytes_ = 0;
};

}  // namespace pegplan::kernel
