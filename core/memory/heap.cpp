// Heaps: the allocator, a lock, and the checks of what comes back.
#include <pegplan/heap.hpp>

#include "core/base/power_of_two.hpp"
#include "core/smp/locks.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>

namespace pegplan {

using kernel::invariant;
using kernel::DataLock;
using kernel::SpanTlsf;
using kernel::TlsfRow;

void Heap::add_region(std::span<std::byte> region) noexcept
{
    invariant(begin_ == nullptr, "a heap takes over a second region, at {}", static_cast<const void*>(region.data()));
    constexpr int log2_of_smallest = 9;  // what a row is worth keeping for
    const std::size_t rows = SpanTlsf::rows_for(std::max(log2_of_smallest, static_cast<int>(std::bit_width(region.size()))));
    void* at = region.data();
    std::size_t room = region.size();
    const bool fits = std::align(alignment, rows * sizeof(TlsfRow) + SpanTlsf::smallest_region, at, room) != nullptr;
    invariant(fits && rows <= 32, "{} bytes at {} cannot be a heap", region.size(), static_cast<const void*>(region.data()));
    auto* const first = static_cast<TlsfRow*>(at);
    std::uninitialized_value_construct_n(first, rows);
    blocks_ = SpanTlsf{std::span{first, rows}};
    const std::span<std::byte> rest = region.last(room - rows * sizeof(TlsfRow));
    blocks_.add_region(rest);
    begin_ = rest.data();
    end_ = rest.data() + rest.size();
    size_ = blocks_.free_bytes();
    least_free_ = size_;
}

Result<void*> Heap::allocate(std::size_t bytes, std::size_t boundary) noexcept
{
    invariant(kernel::is_power_of_two(boundary), "an alignment of {} is not a power of two", boundary);
    const DataLock lock{this};
    void* const block = begin_ != nullptr ? blocks_.allocate(bytes, boundary) : nullptr;
    if (block == nullptr) {
        return Error::out_of_memory;
    }
    note_use();
    return block;
}

void Heap::release(void* block) noexcept
{
    if (block == nullptr) {
        return;
    }
    const DataLock lock{this};
    check(block);
    blocks_.release(block);
}

Result<void*> Heap::resize(void* block, std::size_t bytes) noexcept
{
    if (block == nullptr) {
        return allocate(bytes);
    }
    {
        const DataLock lock{this};
        check(block);
        if (blocks_.resize(block, bytes)) {
            note_use();
            return block;
        }
    }
    const Result<void*> larger = allocate(bytes);
    if (larger) {
        std::memcpy(*larger, block, std::min(bytes, size_of(block)));
        release(block);
    }
    return larger;
}

HeapStats Heap::stats() const noexcept
{
    const DataLock lock{this};
    return {
        .size = size_,
        .free = blocks_.free_bytes(),
        .largest_free = begin_ != nullptr ? blocks_.largest_grant() : 0,
        .peak_used = size_ - least_free_,
    };
}

void Heap::check(const void* block) const noexcept
{
    const auto* const at = static_cast<const std::byte*>(block);
    const bool inside = at >= begin_ + sizeof(kernel::TlsfHeader) && at < end_ &&
                        reinterpret_cast<std::uintptr_t>(at) % alignment == 0;
    invariant(inside, "{} is not a block of this heap", block);
    invariant(!SpanTlsf::is_released(block), "the block at {} is released twice", block);
    invariant(SpanTlsf::is_block(block, end_), "{} is not a block of this heap, or what lies before it was overwritten", block);
}

void Heap::note_use() noexcept
{
    least_free_ = std::min(least_free_, blocks_.free_bytes());
}

}  // namespace pegplan
