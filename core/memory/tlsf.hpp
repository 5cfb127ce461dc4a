// Two-level segregated fit: allocation and release in constant time, with little fragmentation.
//
// Free blocks are kept in lists by size class: the first level is the power of two, the second divides it into
// equal parts; a bitmap of either level finds the smallest class that surely fits with two bit scans. Neighbouring free
// blocks are joined at once. After Masmano, Ripoll, Crespo and Real, "TLSF: a new dynamic memory allocator for
// real-time systems", ECRTS 2004. Pure logic over the memory that it is given; not synchronised.
#pragma once

#include "core/base/bit_scan.hpp"
#include "core/base/check.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace pegplan::kernel {

/// What precedes each block of memory.
struct TlsfHeader {
    TlsfHeader* previous;  ///< the block before it in memory, or null
    std::size_t size_and_free;

    [[nodiscard]] std::size_t size() const noexcept { return size_and_free & ~std::size_t{1}; }
    [[nodiscard]] bool is_free() const noexcept { return (size_and_free & 1) != 0; }
    void set(std::size_t size, bool is_free) noexcept { size_and_free = size | (is_free ? 1 : 0); }
    [[nodiscard]] std::byte* payload() noexcept { return reinterpret_cast<std::byte*>(this + 1); }
    [[nodiscard]] TlsfHeader* next() noexcept { return reinterpret_cast<TlsfHeader*>(payload() + size()); }
};

/// A free block: its links lie where the payload was.
struct TlsfBlock : TlsfHeader {
    TlsfBlock* next_free;
    TlsfBlock* previous_free;
};

/// The free blocks of one power of two, divided into classes. All zeros is none.
struct TlsfRow {
    static constexpr int second_log2 = 4;  // classes per power of two: at most 1/16 is lost to rounding
    static constexpr std::size_t classes = std::size_t{1} << second_log2;

    std::array<TlsfBlock*, classes> lists;
    std::uint32_t map;  ///< which lists are not empty
};

/// Manages one contiguous region. `Rows` holds the lists, one row for each power of two: an array, or a span.
template <class Rows>
class BasicTlsf {
public:
    static constexpr std::size_t alignment = 16;

    /// How many rows a region of less than 2^log2 bytes takes.
    static constexpr std::size_t rows_for(int log2) noexcept { return static_cast<std::size_t>(log2 - first_log2 + 1); }

    /// The smallest region that is of any use.
    static constexpr std::size_t smallest_region = 4 * alignment;

    constexpr BasicTlsf() noexcept = default;
    constexpr explicit BasicTlsf(Rows rows) noexcept : rows_{rows} {}

    /// Takes over `region`; once. Its ends are trimmed to the alignment.
    void add_region(std::span<std::byte> region) noexcept
    {
        const auto begin = reinterpret_cast<std::uintptr_t>(region.data());
        const std::uintptr_t first = round_up(begin);
        const std::uintptr_t last = (begin + region.size()) & ~(alignment - 1);
        invariant(last >= first + 2 * sizeof(Header) + smallest && (last - first) >> max_log2() == 0,
                  "an arena of {} bytes is out of the allocator's range", region.size());
        // The region ends in a header that is never free, so that the last block needs no special case.
        auto* const block = reinterpret_cast<Block*>(first);
        block->previous = nullptr;
        block->set(last - first - 2 * sizeof(Header), true);
        Header* const end = block->next();
        end->previous = block;
        end->set(0, false);
        insert(*block);
    }

    /// Returns `bytes` bytes aligned to 16, or null. O(1).
    [[nodiscard]] void* allocate(std::size_t bytes) noexcept
    {
        if (bytes >> max_log2() != 0) {
            return nullptr;
        }
        const std::size_t size = block_size(bytes);
        Block* const block = take_fitting(size);
        if (block == nullptr) {
            return nullptr;
        }
        cut(*block, size, block->size() - size);
        return block->payload();
    }

    /// Returns `bytes` bytes aligned to `boundary`, a power of two, or null. O(1).
    [[nodiscard]] void* allocate(std::size_t bytes, std::size_t boundary) noexcept
    {
        if (boundary <= alignment) {
            return allocate(bytes);
        }
        if (bytes >> max_log2() != 0 || boundary >> max_log2() != 0) {
            return nullptr;
        }
        // What lies in front of the boundary must be nothing, or enough for a block of its own.
        const std::size_t size = block_size(bytes);
        Block* block = take_fitting(size + boundary + sizeof(Header) + smallest);
        if (block == nullptr) {
            return nullptr;
        }
        const auto payload = reinterpret_cast<std::uintptr_t>(block->payload());
        std::uintptr_t at = (payload + boundary - 1) & ~(boundary - 1);
        while (at != payload && at - payload < sizeof(Header) + smallest) {
            at += boundary;
        }
        if (const std::size_t gap = at - payload; gap != 0) {
            const std::size_t rest = block->size() - gap;
            block->set(gap - sizeof(Header), true);
            auto* const inner = static_cast<Block*>(block->next());
            inner->previous = block;
            inner->set(rest, false);
            inner->next()->previous = inner;
            insert(*block);
            block = inner;
        }
        cut(*block, size, block->size() - size);
        return block->payload();
    }

    /// Gives back what `allocate` returned. O(1).
    void release(void* payload) noexcept
    {
        auto* block = block_of(payload);
        invariant(!block->is_free(), "memory at {} is released twice", payload);
        std::size_t size = block->size();
        block->set(size, true);  // also when it becomes a part of the one before it: a second release is seen
        Header* const next = block->next();
        if (next->is_free()) {
            remove(*static_cast<Block*>(next));
            size += sizeof(Header) + next->size();
        }
        if (block->previous != nullptr && block->previous->is_free()) {
            block = static_cast<Block*>(block->previous);
            remove(*block);
            size += sizeof(Header) + block->size();
        }
        block->set(size, true);
        block->next()->previous = block;
        insert(*block);
    }

    /// Makes an allocated block larger or smaller where it is: at least `bytes` bytes. Returns false, and changes
    /// nothing, if what follows it is in use. O(1).
    [[nodiscard]] bool resize(void* payload, std::size_t bytes) noexcept
    {
        if (bytes >> max_log2() != 0) {
            return false;
        }
        Block* const block = block_of(payload);
        const std::size_t size = block_size(bytes);
        if (Header* const next = block->next(); block->size() < size) {
            const std::size_t joined = block->size() + sizeof(Header) + next->size();
            if (!next->is_free() || joined < size) {
                return false;
            }
            remove(*static_cast<Block*>(next));
            block->set(joined, false);
            block->next()->previous = block;
        }
        trim(*block, size);
        return true;
    }

    /// The size of an allocated block: what was asked for, rounded up.
    [[nodiscard]] static std::size_t size_of(const void* payload) noexcept
    {
        return reinterpret_cast<const Header*>(static_cast<const std::byte*>(payload) - sizeof(Header))->size();
    }

    /// Whether an address within the region looks like the payload of an allocated block: its neighbour behind names it. What was
    /// released and then joined with what lies before it does not, nor does most else. `end`: the region's.
    [[nodiscard]] static bool is_block(const void* payload, const std::byte* end) noexcept
    {
        Block* const block = block_of(const_cast<void*>(payload));
        const auto room = static_cast<std::size_t>(end - static_cast<const std::byte*>(payload));
        return block->size() % alignment == 0 && block->size() >= smallest && block->size() + sizeof(Header) <= room &&
               block->next()->previous == block;
    }

    /// Whether the block at `payload` is marked as free.
    [[nodiscard]] static bool is_released(const void* payload) noexcept
    {
        return block_of(const_cast<void*>(payload))->is_free();
    }

    /// Bytes that are free, in however many pieces.
    [[nodiscard]] std::size_t free_bytes() const noexcept { return free_bytes_; }

    /// The largest request that would be granted now. O(1).
    [[nodiscard]] std::size_t largest_grant() const noexcept
    {
        if (first_map_ == 0) {
            return 0;
        }
        // Any block of the highest class is at least as large as the class begins.
        const auto first = std::size_t{highest_bit(first_map_)};
        const auto second = std::size_t{highest_bit(rows_[first].map)};
        return first == 0 ? second * alignment : (TlsfRow::classes + second) << (first - 1) << (first_log2 - TlsfRow::second_log2);
    }

private:
    using Header = TlsfHeader;
    using Block = TlsfBlock;

    static constexpr std::size_t smallest = 16;  // room for the links of a free block
    // Below 2^first_log2 the classes are multiples of the alignment, and share row 0.
    static constexpr int first_log2 = TlsfRow::second_log2 + 4;
    static_assert(sizeof(Header) == alignment && sizeof(Block) == sizeof(Header) + smallest);

    struct Class {
        std::size_t first;
        std::size_t second;
    };

    [[nodiscard]] constexpr int max_log2() const noexcept { return static_cast<int>(rows_.size()) + first_log2 - 1; }

    static constexpr std::uintptr_t round_up(std::uintptr_t value) noexcept
    {
        return (value + alignment - 1) & ~(alignment - 1);
    }

    static constexpr std::size_t block_size(std::size_t bytes) noexcept { return bytes < smallest ? smallest : round_up(bytes); }

    static Block* block_of(void* payload) noexcept
    {
        return reinterpret_cast<Block*>(static_cast<std::byte*>(payload) - sizeof(Header));
    }

    /// The class in which a block of this size is kept.
    static constexpr Class class_of(std::size_t size) noexcept
    {
        if (size >> first_log2 == 0) {
            return {0, size / alignment};
        }
        const auto log2 = static_cast<int>(highest_bit(size));
        return {static_cast<std::size_t>(log2 - first_log2 + 1), (size >> (log2 - TlsfRow::second_log2)) - TlsfRow::classes};
    }

    /// Unlinks a block of at least `size` bytes and marks it as allocated, or null.
    Block* take_fitting(std::size_t size) noexcept
    {
        // Rounded up to the next class, every block of which fits.
        std::size_t rounded = size;
        if (size >> first_log2 != 0) {
            rounded += (std::size_t{1} << (static_cast<int>(highest_bit(size)) - TlsfRow::second_log2)) - 1;
        }
        auto [first, second] = class_of(rounded);
        if (first >= rows_.size()) {
            return nullptr;
        }
        std::uint32_t map = rows_[first].map & (~std::uint32_t{0} << second);
        if (map == 0) {
            const std::uint64_t rows = std::uint64_t{first_map_} & (~std::uint64_t{0} << (first + 1));
            if (rows == 0) {
                return nullptr;
            }
            first = lowest_bit(rows);
            map = rows_[first].map;
        }
        // The first of its list, of which all is known: `remove` would find its class once more.
        TlsfRow& row = rows_[first];
        const std::size_t column = lowest_bit(map);
        Block* const block = row.lists[column];
        Block* const next = block->next_free;
        row.lists[column] = next;
        if (next != nullptr) {
            next->previous_free = nullptr;
        } else {
            clear(row, first, column);
        }
        const std::size_t found = block->size();
        free_bytes_ -= found;
        block->set(found, false);
        return block;
    }

    /// Cuts what an allocated block has beyond `size` off, if that is enough for a block. The one behind it may be free, which it is not
    /// behind a block that was free itself.
    void trim(Block& block, std::size_t size) noexcept
    {
        std::size_t rest = block.size() - size;
        if (rest < sizeof(Header) + smallest) {
            return;
        }
        if (Header* const next = block.next(); next->is_free()) {
            remove(*static_cast<Block*>(next));
            rest += sizeof(Header) + next->size();
        }
        cut(block, size, rest);
    }

    /// Makes what an allocated block has beyond `size`, and what else follows up to `rest` bytes, a free block, if that is enough for one.
    void cut(Block& block, std::size_t size, std::size_t rest) noexcept
    {
        if (rest < sizeof(Header) + smallest) {
            return;
        }
        block.set(size, false);
        auto* const remainder = static_cast<Block*>(block.next());
        remainder->previous = &block;
        remainder->set(rest - sizeof(Header), true);
        remainder->next()->previous = remainder;
        insert(*remainder);
    }

    void insert(Block& block) noexcept
    {
        const auto [first, second] = class_of(block.size());
        Block*& head = rows_[first].lists[second];
        block.next_free = head;
        block.previous_free = nullptr;
        if (head != nullptr) {
            head->previous_free = &block;
        }
        head = &block;
        first_map_ |= std::uint32_t{1} << first;
        rows_[first].map |= std::uint32_t{1} << second;
        free_bytes_ += block.size();
    }

    void remove(Block& block) noexcept
    {
        free_bytes_ -= block.size();
        if (block.next_free != nullptr) {
            block.next_free->previous_free = block.previous_free;
        }
        if (block.previous_free != nullptr) {
            block.previous_free->next_free = block.next_free;
            return;
        }
        const auto [first, second] = class_of(block.size());
        TlsfRow& row = rows_[first];
        row.lists[second] = block.next_free;
        if (block.next_free == nullptr) {
            clear(row, first, second);
        }
    }

    /// A list has become empty.
    void clear(TlsfRow& row, std::size_t first, std::size_t second) noexcept
    {
        const std::uint32_t map = row.map & ~(std::uint32_t{1} << second);
        row.map = map;
        if (map == 0) {
            first_map_ &= ~(std::uint32_t{1} << first);
        }
    }

    std::uint32_t first_map_ = 0;
    std::size_t free_bytes_ = 0;
    Rows rows_{};
};

/// For a region of less than 2^MaxLog2 bytes, with the lists inside.
template <int MaxLog2>
    requires(MaxLog2 > 8 && MaxLog2 < 40)
using Tlsf = BasicTlsf<std::array<TlsfRow, static_cast<std::size_t>(MaxLog2 - 7)>>;

/// With the lists elsewhere.
using SpanTlsf = BasicTlsf<std::span<TlsfRow>>;

static_assert(Tlsf<20>::rows_for(20) == 13);

}  // namespace pegplan::kernel
