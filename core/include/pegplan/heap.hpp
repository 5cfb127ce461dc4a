// Memory of any size, in constant time.
//
//     alignas(16) static std::array<std::byte, 64_KiB> memory;
//     static Heap heap{memory};
//     Result<void*> buffer = heap.allocate(1500);
//     ...
//     heap.release(*buffer);
//
// A two-level segregated fit (core/memory/tlsf.hpp): to allocate and to release take a bounded number of instructions
// whatever has happened before, and at most 1/16 of a block is lost to rounding. Each block costs 16 bytes; the heap's
// own tables lie at the begin of its region, and take 136 bytes for each power of two up to its size, less 7 of them.
#pragma once

#include <pegplan/result.hpp>

#include "core/memory/tlsf.hpp"

#include <cstddef>
#include <span>

namespace pegplan {

struct HeapStats {
    std::size_t size;          ///< bytes that there are for blocks, their headers included
    std::size_t free;          ///< bytes that are free, in however many pieces
    std::size_t largest_free;  ///< the largest request that would be granted now
    std::size_t peak_used;     ///< the most bytes that were ever in use at once, headers included
};

/// Synchronised by masking interrupts for the time of one operation: for threads and interrupt handlers. Nothing blocks.
class Heap {
public:
    /// What every block is aligned to at least, in bytes.
    static constexpr std::size_t alignment = kernel::SpanTlsf::alignment;

    /// Without memory: every request is refused, until `add_region`.
    constexpr Heap() noexcept = default;

    /// Takes over `region`. Panics when it is too small to be of use (some 200 bytes), or larger than 256 GiB.
    explicit Heap(std::span<std::byte> region) noexcept { add_region(region); }
    Heap(const Heap&) = delete;
    Heap& operator=(const Heap&) = delete;

    /// The same later; once.
    void add_region(std::span<std::byte> region) noexcept;

    /// At least `bytes` bytes, aligned to `boundary`, a power of two (else it panics). Errors: out_of_memory.
    [[nodiscard]] Result<void*> allocate(std::size_t bytes, std::size_t boundary = alignment) noexcept;

    /// Takes back what `allocate` or `resize` returned; null is allowed. Panics when it did not come from this heap, has been
    /// released already, or when what lies before the block has been overwritten: as far as that can be seen, which is
    /// for certain until the memory is used again.
    void release(void* block) noexcept;

    /// The block with at least `bytes` bytes, where it was or elsewhere: then its contents are copied, in time linear in its
    /// size, unmasked, and it is only aligned to `alignment`. Null is a new block. Errors: out_of_memory; the block is then
    /// as it was. Panics as `release` does.
    [[nodiscard]] Result<void*> resize(void* block, std::size_t bytes) noexcept;

    /// How many bytes a block really has.
    [[nodiscard]] static std::size_t size_of(const void* block) noexcept { return kernel::SpanTlsf::size_of(block); }

    [[nodiscard]] HeapStats stats() const noexcept;

private:
    void check(const void* block) const noexcept;
    void note_use() noexcept;

    kernel::SpanTlsf blocks_;
    std::byte* begin_ = nullptr;
    std::byte* end_ = nullptr;
    std::size_t size_ = 0;
    std::size_t least_free_ = 0;
};

/// The heap of HEAP, of HEAP_SIZE_KIB, which operator new uses with HEAP_OPERATOR_NEW. Without HEAP a call does not link.
[[nodiscard]] Heap& system_heap() noexcept;

}  // namespace pegplan
