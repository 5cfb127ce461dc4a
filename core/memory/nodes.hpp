// NUMA nodes in the kernel: the node of a CPU, and from where to take memory when a node has none.
#pragma once

#include "arch/port.hpp"
#include "core/memory/node_order.hpp"
#include "core/sched/cpu.hpp"

#include <pegplan/board/arch.hpp>
#include <pegplan/board/numa.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace pegplan::kernel {

inline constexpr std::size_t node_count = board::numa_node_count;
inline constexpr bool many_nodes = node_count > 1;

/// The node that the image lies in.
inline constexpr NodeIndex image_node = board::numa_memory.front().node;

/// The regions of RAM besides that of the image: arenas, where there are several nodes.
[[nodiscard]] constexpr std::span<const arch::NodeMemory> further_arenas() noexcept
{
    return std::span{board::numa_memory}.subspan(many_nodes ? 1 : board::numa_memory.size());
}

/// Whether an address lies in one of them.
[[nodiscard]] constexpr bool in_further_arena([[maybe_unused]] std::uintptr_t address) noexcept
{
    if constexpr (many_nodes) {
        return std::ranges::any_of(further_arenas(), [address](const arch::NodeMemory& memory) {
            return address >= memory.base && address - memory.base < memory.size;
        });
    } else {
        return false;
    }
}

/// The node of a CPU of the image. Where that stands in the board file the port knows, if it need not be its number.
template <class Port = arch::Port>
[[nodiscard]] inline NodeIndex node_of_cpu([[maybe_unused]] std::uint32_t cpu) noexcept
{
    if constexpr (!many_nodes) {
        return 0;
    } else if constexpr (arch::ArchPlacesCpus<Port>) {
        const std::uint32_t place = Port::place_of_cpu(cpu);
        return place < board::numa_node_of_cpu.size() ? board::numa_node_of_cpu[place] : NodeIndex{0};
    } else {
        return board::numa_node_of_cpu[cpu];
    }
}

/// The node of the CPU that executes the call.
[[nodiscard]] inline NodeIndex this_node() noexcept
{
    return many_nodes ? node_of_cpu(this_cpu().sharing.index) : NodeIndex{0};
}

}  // namespace pegplan::kernel
