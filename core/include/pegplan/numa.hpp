// NUMA nodes: which CPUs and which memory are near to one another, as the board file says (`numa:`).
//
//     ThreadBuilder{}.numa_node(NodeId{1}).spawn(work);      // its stack is in the memory of node 1, if that has room
//
// Each node has an arena of its own for stacks. A stack comes from the node of the CPU that spawns, or from the one that the
// builder names; when that is full, from the nearest one that is not. Pools and heaps lie where the application puts their memory.
// A board without `numa:` is one node, and its images have nothing of this.
#pragma once

#include <pegplan/board/numa.hpp>
#include <pegplan/types.hpp>

#include <cstddef>
#include <cstdint>

namespace pegplan::numa {

/// How many nodes the board has; 1 if its file does not say.
inline constexpr std::uint32_t node_count = board::numa_node_count;

/// How far a node's own memory is.
inline constexpr std::uint32_t own_distance = 10;

/// That of nodes which do not exist.
inline constexpr std::uint32_t unreachable = 255;

/// How far the CPUs of one node are from the memory of another, in tenths of the distance of their own: 10 to 254, or `unreachable`.
/// Context: anywhere.
[[nodiscard]] constexpr std::uint32_t distance(NodeId from, NodeId to) noexcept
{
    return from.index() < node_count && to.index() < node_count ? board::numa_distances[from.index()][to.index()] : unreachable;
}

/// The node of a CPU of the image; the first one for a CPU that does not exist. Context: anywhere.
[[nodiscard]] NodeId node_of(CpuId cpu) noexcept;

/// The node of the CPU that executes the call. It may be another one by the time the value is used. Context: anywhere.
[[nodiscard]] NodeId this_node() noexcept;

/// What the stacks of a node's memory have been taken for, since boot. All of it is 0 on a board with one node, where nobody counts,
/// but for the bytes.
struct NodeStats {
    std::uint64_t local = 0;     ///< stacks that CPUs of this node took from it
    std::uint64_t remote = 0;    ///< stacks that CPUs of other nodes took from it
    std::uint64_t missed = 0;    ///< stacks that were wanted of this node, and came from another one because it was full
    std::size_t free_bytes = 0;  ///< that neither threads nor the pool of stacks have, in however many pieces
};

/// All 0 for a node that does not exist. Counts of takes that happen meanwhile may be in it or not. Context: threads, ISRs.
[[nodiscard]] NodeStats stats(NodeId node) noexcept;

}  // namespace pegplan::numa
