// The memory of thread stacks.
#include "core/memory/stack_arena.hpp"

#include "core/base/masked_index_pool.hpp"
#include "core/memory/nodes.hpp"
#include "core/memory/stack_paint.hpp"
#include "core/memory/stack_pool.hpp"
#include "core/memory/tlsf.hpp"
#include "core/smp/locks.hpp"

#include <pegplan/board/arch.hpp>
#include <pegplan/board/memory_map.hpp>
#include <pegplan/config/memory.hpp>
#include <pegplan/config/security.hpp>
#include <pegplan/config/thread.hpp>
#include <pegplan/numa.hpp>

#include <algorithm>
#include <bit>
#include <type_traits>

extern "C" {
extern std::byte __arena_start[];
extern std::byte __arena_end[];
}

namespace pegplan::kernel {

/// Of the arenas of all nodes, which are asked rarely.
struct ArenaLock : DataLock {
    ArenaLock() noexcept : DataLock{__arena_start} {}
};

namespace {

constexpr std::size_t largest_region() noexcept
{
    std::size_t largest = 0;
    for (const arch::MemoryRegion& region : board::memory_regions) {
        if (region.kind == arch::MemoryKind::ram) {
            largest = std::max(largest, region.size);
        }
    }
    return largest;
}

using Arena = Tlsf<static_cast<int>(std::bit_width(largest_region()))>;
static_assert(Arena::alignment >= arch::Port::stack_alignment);

using Guards = std::conditional_t<config::stack_guards, PageGuards<arch::Port>, NoGuards>;
using Atomics = std::conditional_t<config::smp, StdAtomics, Masked<arch::Port>>;
using Pool = StackPool<Arena, Guards, config::stack_pool_size, ArenaLock, Atomics>;

/// Successive stacks begin this far apart, modulo STACK_COLOURS: the usual size of a cache line.
constexpr std::size_t colour_step = 64;
constexpr std::size_t colours = config::stack_colouring ? config::stack_colours : 1;
constexpr std::uint8_t no_colour = 0;
constexpr std::uint8_t first_colour = 1;
constexpr std::size_t colour_room = (colours - 1) * colour_step;
static_assert(colour_step % Arena::alignment == 0 && colours + first_colour <= 256);

/// A pool for each node. Its arena has no memory where the node has none.
constinit std::array<Pool, node_count> pools{};
constinit std::atomic<std::uint32_t> next_colour{0};

/// Of the stacks of a node (numa::NodeStats).
struct alignas(cache_line_size) NodeCounts {
    std::atomic<std::uint64_t> local{0};
    std::atomic<std::uint64_t> remote{0};
    std::atomic<std::uint64_t> missed{0};
};

constinit std::array<NodeCounts, many_nodes ? node_count : 0> node_counts{};

[[maybe_unused]] void add_one(std::atomic<std::uint64_t>& counter) noexcept
{
    counter.fetch_add(1, std::memory_order_relaxed);
}

/// What the top of a stack of this colour is lowered by.
constexpr std::size_t offset_of(std::uint8_t colour) noexcept
{
    return static_cast<std::size_t>(colour - first_colour) * colour_step;
}

/// Memory of a node, or of the nearest that has any. Notes in `stack` which.
template <class S>
Pool::Taken take_near(NodeIndex wanted, std::size_t size, S& stack) noexcept
{
    if constexpr (!many_nodes) {
        return pools[0].take(size);
    } else {
        static constexpr auto orders = nearest_first(board::numa_distances);
        for (const NodeIndex node : orders[wanted]) {
            const Pool::Taken taken = pools[node].take(size);
            if (!taken.memory.empty()) [[likely]] {
                stack.node = {node};
                NodeCounts& counted = node_counts[node];
                add_one(node == this_node() ? counted.local : counted.remote);
                if (node != wanted) {
                    add_one(node_counts[wanted].missed);
                }
                return taken;
            }
        }
        return {};
    }
}

[[gnu::always_inline]] inline bool allocate_on(NodeIndex node, std::size_t bytes, Stack& stack) noexcept
{
    if (bytes > largest_region()) {
        return false;
    }
    const Pool::Taken taken = take_near(node, bytes + config::stack_extra + colour_room, stack);
    if (taken.memory.empty()) [[unlikely]] {
        return false;
    }
    if (config::stack_painting) {
        paint_stack(taken.memory);
    }
    stack.memory = taken.memory;
    stack.place = taken.place;
    stack.colour = first_colour;
    if (config::stack_colouring) {
        stack.colour = static_cast<std::uint8_t>(stack.colour + next_colour.fetch_add(1, std::memory_order_relaxed) % colours);
        stack.memory = taken.memory.first(taken.memory.size() - offset_of(stack.colour));
    }
    return true;
}

}  // namespace

void initialize_stack_arena() noexcept
{
    pools[image_node].add_region({__arena_start, __arena_end});
    for (const arch::NodeMemory& memory : further_arenas()) {
        pools[memory.node].add_region({reinterpret_cast<std::byte*>(memory.base), memory.size});
    }
}

bool allocate_stack(std::size_t bytes, Stack& stack) noexcept
{
    return allocate_on(this_node(), bytes, stack);
}

bool allocate_stack_near(std::uint8_t node, std::size_t bytes, Stack& stack) noexcept
{
    return allocate_on(node, bytes, stack);
}

void adopt_stack(std::span<std::byte> memory, Stack& stack) noexcept
{
    if constexpr (config::stack_painting) {
        paint_stack(memory);
    }
    stack.memory = memory;
    stack.place = no_place;
    stack.colour = no_colour;
}

void release_stack(const Stack& stack) noexcept
{
    if (stack.colour != no_colour) {
        pools[stack.node.index].give({{stack.memory.data(), stack.memory.size() + offset_of(stack.colour)}, stack.place});
    }
}

std::size_t usable_bytes(const Stack& stack) noexcept
{
    const std::size_t below = stack.colour != no_colour ? colour_room - offset_of(stack.colour) : 0;
    const std::size_t own = below + config::stack_extra;
    return stack.memory.size() > own ? stack.memory.size() - own : 0;  // the idle thread's is the boot stack
}

std::size_t untouched_bytes(std::span<const std::byte> memory, std::size_t from) noexcept
{
    return config::stack_painting ? painted_bytes(memory, from) : from;
}

std::size_t free_stack_bytes() noexcept
{
    std::size_t bytes = 0;
    for (Pool& pool : pools) {
        static_cast<void>(pool.drain());
        bytes += pool.free_bytes();
    }
    return bytes;
}

}  // namespace pegplan::kernel

namespace pegplan::numa {

NodeId node_of(CpuId cpu) noexcept
{
    return NodeId{cpu.index() < static_cast<std::uint32_t>(config::cpus) ? kernel::node_of_cpu(cpu.index()) : 0U};
}

NodeId this_node() noexcept
{
    return NodeId{kernel::this_node()};
}

NodeStats stats(NodeId node) noexcept
{
    NodeStats found;
    if (node.index() < node_count) {
        found.free_bytes = kernel::pools[node.index()].free_bytes();
        if constexpr (kernel::many_nodes) {
            const kernel::NodeCounts& counted = kernel::node_counts[node.index()];
            found.local = counted.local.load(std::memory_order_relaxed);
            found.remote = counted.remote.load(std::memory_order_relaxed);
            found.missed = counted.missed.load(std::memory_order_relaxed);
        }
    }
    return found;
}

}  // namespace pegplan::numa
