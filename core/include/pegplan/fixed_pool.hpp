// Blocks of one size in memory of the caller's.
//
//     alignas(FixedPool::alignment) static std::array<std::byte, FixedPool::memory_for(16, 200)> memory;
//     FixedPool packets{memory, 200};
//     Result<void*> packet = packets.allocate();
//     ...
//     packets.release(*packet);
//
// Where there are several CPUs it is lock-free: a lock would make threads and interrupt handlers of all CPUs wait for one another. On one
// CPU interrupts are masked for a few instructions instead, which takes half of what three atomic operations take.
#pragma once

#include <pegplan/board/arch.hpp>
#include <pegplan/config/smp.hpp>

#include "core/base/masked_index_pool.hpp"
#include "core/memory/basic_fixed_pool.hpp"

#include <type_traits>

namespace pegplan {

namespace kernel {

/// What hands out the numbers of a pool's blocks.
template <class Port>
using BlockNumbers = IndexPool<std::conditional_t<config::smp, StdAtomics, Masked<Port>>>;

}  // namespace kernel

/// See BasicFixedPool.
class FixedPool : public kernel::BasicFixedPool<kernel::BlockNumbers<arch::Port>> {
public:
    using BasicFixedPool::BasicFixedPool;
};

}  // namespace pegplan
