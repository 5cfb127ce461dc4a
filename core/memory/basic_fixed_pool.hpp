// A pool of blocks of one size, whatever hands out their numbers (core/base/index_pool.hpp): <pegplan/fixed_pool.hpp> says which it is.
#pragma once

#include <pegplan/result.hpp>

#include "core/base/check.hpp"
#include "core/base/index_pool.hpp"
#include "core/base/power_of_two.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace pegplan::kernel {

/// Blocks are handed out and taken back in constant time, but for others who do so at the same moment where there are several CPUs
/// (lock-free). All calls but construction and destruction are for any context, interrupt handlers included. Nothing blocks.
template <class Pool>
class BasicFixedPool {
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
    BasicFixedPool(std::span<std::byte> memory, std::size_t block_size, std::size_t block_alignment = alignment) noexcept
        : stride_{stride_of(block_size, block_alignment)}
    {
        invariant(block_size > 0 && is_power_of_two(block_alignment), "a pool of blocks of {} bytes, aligned to {}", block_size,
                  block_alignment);
        void* at = memory.data();
        std::size_t room = memory.size();
        if (std::align(block_alignment, stride_, at, room) != nullptr && room > alignof(Link)) {
            capacity_ = static_cast<Index>((room - alignof(Link)) / (stride_ + sizeof(Link)));
        }
        invariant(capacity_ > 0, "{} bytes are no room for a block of {}", memory.size(), stride_);
        blocks_ = static_cast<std::byte*>(at);
        const auto behind = reinterpret_cast<std::uintptr_t>(blocks_ + capacity_ * stride_);
        links_ = reinterpret_cast<Link*>((behind + alignof(Link) - 1) / alignof(Link) * alignof(Link));
        std::uninitialized_value_construct_n(links_, capacity_);
    }

    /// Panics while blocks are out.
    ~BasicFixedPool() { invariant(in_use() == 0, "a pool was destroyed while {} of its blocks were in use", in_use()); }
    BasicFixedPool(const BasicFixedPool&) = delete;
    BasicFixedPool& operator=(const BasicFixedPool&) = delete;

    /// A block; what is in it is left from before. Errors: out_of_memory (all are in use).
    [[nodiscard]] [[gnu::always_inline]] Result<void*> allocate() noexcept
    {
        const Index index = pool_.take(links_, capacity_);
        if (index == no_index) {
            return Error::out_of_memory;
        }
        return static_cast<void*>(blocks_ + index * stride_);
    }

    /// Takes a block back. Panics when it is none of this pool's, or has been released already.
    [[gnu::always_inline]] void release(void* block) noexcept
    {
        const auto offset = static_cast<std::size_t>(static_cast<std::byte*>(block) - blocks_);
        const std::size_t index = offset / stride_;
        invariant(index < capacity_ && index * stride_ == offset, "{} is not a block of this pool", block);
        invariant(pool_.give_back(links_, static_cast<Index>(index)), "block {} is released twice", block);
    }

    /// How many blocks there are.
    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

    /// How many bytes each has.
    [[nodiscard]] std::size_t block_size() const noexcept { return stride_; }

    /// How many are in use, each looked at at a moment of its own. Linear in the capacity.
    [[nodiscard]] std::size_t in_use() const noexcept
    {
        std::size_t count = 0;
        for (Index index = 0; index < capacity_; ++index) {
            count += Pool::is_out(links_[index]) ? 1 : 0;
        }
        return count;
    }

private:
    using Link = typename Pool::Link;

    static constexpr std::size_t stride_of(std::size_t block_size, std::size_t block_alignment) noexcept
    {
        return (block_size + block_alignment - 1) & ~(block_alignment - 1);
    }

    std::byte* blocks_ = nullptr;
    Link* links_ = nullptr;
    std::size_t stride_;
    Index capacity_ = 0;
    Pool pool_;
};

}  // namespace pegplan::kernel
