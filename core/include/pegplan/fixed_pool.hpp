// Blocks of one size in memory of the caller's.
//
//     alignas(FixedPool::alignment) static std::array<std::byte, FixedPool::memory_for(16, 200)> memory;
//     FixedPool packets{memory, 200};
//     Result<void*> packet = packets.allocate();
//     ...
//     packets.release(*packet);
//
// Lock-free rather than with interrupts masked. Counted on riscv64 (gcc 12, -O2, the usual path): an allocation takes 42
// instructions and a release 52, where the same with interrupts masked takes 29 and 35. Masking is cheaper while there is one
// CPU; but it is no lock among several. A lock besides costs what it saves, and makes threads and interrupt handlers
// of all CPUs wait for one another. This form stays as it is.
#pragma once

#include <pegplan/result.hpp>

#include "core/base/check.hpp"
#include "core/base/index_pool.hpp"
#include "core/base/power_of_two.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace pegplan {

/// Blocks are handed out and taken back in constant time, but for others who do so at the same moment (lock-free). All
/// calls but construction and destruction are for any context, interrupt handlers included. Nothing blocks.
class FixedPool {
public:
    /// The least alignment of blocks, and what the pool's memory is best aligned to.
    static constexpr std::size_t alignment = alignof(std::max_align_t);

    /// How many bytes `blocks` blocks need, when the memory is aligned to `block_alignment`.
    static constexpr std::size_t memory_for(std::size_t blocks, std::size_t block_size,
                                            std::size_t block_alignment = alignment) noexcept
    {
        return blocks * stride_of(block_size, block_alignment) + blocks * sizeof(Link) + alignof(Link);
    }

    /// Divides `memory`, which belongs to the pool from here on, into as many blocks as fit. Each has `block_size` bytes at
    /// least, aligned to `block_alignment`, a power of two; each costs 4 bytes more. Linear in their number. Panics when there
    /// is no room for one, a size of 0, or an alignment that is none.
    FixedPool(std::span<std::byte> memory, std::size_t block_size, std::size_t block_alignment = alignment) noexcept
        : stride_{stride_of(block_size, block_alignment)}
    {
        kernel::invariant(block_size > 0 && kernel::is_power_of_two(block_alignment),
                          "a pool of blocks of {} bytes, aligned to {}", block_size, block_alignment);
        void* at = memory.data();
        std::size_t room = memory.size();
        if (std::align(block_alignment, stride_, at, room) != nullptr && room > alignof(Link)) {
            capacity_ = static_cast<kernel::Index>((room - alignof(Link)) / (stride_ + sizeof(Link)));
        }
        kernel::invariant(capacity_ > 0, "{} bytes are no room for a block of {}", memory.size(), stride_);
        blocks_ = static_cast<std::byte*>(at);
        const auto behind = reinterpret_cast<std::uintptr_t>(blocks_ + capacity_ * stride_);
        links_ = reinterpret_cast<Link*>((behind + alignof(Link) - 1) / alignof(Link) * alignof(Link));
        std::uninitialized_value_construct_n(links_, capacity_);
    }

    /// Panics while blocks are out.
    ~FixedPool() { kernel::invariant(in_use() == 0, "a pool was destroyed while {} of its blocks were in use", in_use()); }
    FixedPool(const FixedPool&) = delete;
    FixedPool& operator=(const FixedPool&) = delete;

    /// A block; what is in it is left from before. Errors: out_of_memory (all are in use).
    [[nodiscard]] Result<void*> allocate() noexcept
    {
        const kernel::Index index = pool_.take(links_, capacity_);
        if (index == kernel::no_index) {
            return Error::out_of_memory;
        }
        return static_cast<void*>(blocks_ + index * stride_);
    }

    /// Takes a block back. Panics when it is none of this pool's, or has been released already.
    void release(void* block) noexcept
    {
        const auto offset = static_cast<std::size_t>(static_cast<std::byte*>(block) - blocks_);
        const std::size_t index = offset / stride_;
        kernel::invariant(index < capacity_ && index * stride_ == offset, "{} is not a block of this pool", block);
        kernel::invariant(pool_.recall(links_, static_cast<kernel::Index>(index)), "block {} is released twice", block);
        pool_.give(links_, static_cast<kernel::Index>(index));
    }

    /// How many blocks there are.
    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

    /// How many bytes each has.
    [[nodiscard]] std::size_t block_size() const noexcept { return stride_; }

    /// How many are in use, each looked at at a moment of its own. Linear in the capacity.
    [[nodiscard]] std::size_t in_use() const noexcept
    {
        std::size_t count = 0;
        for (kernel::Index index = 0; index < capacity_; ++index) {
            count += Pool::is_out(links_[index]) ? 1 : 0;
        }
        return count;
    }

private:
    using Pool = kernel::IndexPool<>;
    using Link = Pool::Link;

    static constexpr std::size_t stride_of(std::size_t block_size, std::size_t block_alignment) noexcept
    {
        return (block_size + block_alignment - 1) & ~(block_alignment - 1);
    }

    std::byte* blocks_ = nullptr;
    Link* links_ = nullptr;
    std::size_t stride_;
    kernel::Index capacity_ = 0;
    Pool pool_;
};

}  // namespace pegplan
