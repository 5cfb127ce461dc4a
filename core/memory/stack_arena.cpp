// The memory of thread stacks.
#include "core/memory/stack_arena.hpp"

#include "core/memory/guarded_stacks.hpp"
#include "core/memory/tlsf.hpp"

#include <pegplan/board/arch.hpp>
#include <pegplan/board/memory_map.hpp>
#include <pegplan/config/security.hpp>
#include <pegplan/config/thread.hpp>

#include <algorithm>
#include <bit>
#include <type_traits>

extern "C" {
extern std::byte __arena_start[];
extern std::byte __arena_end[];
}

namespace pegplan::kernel {

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

using Stacks = std::conditional_t<config::stack_guards, GuardedStacks<Arena, arch::Port>, PlainStacks<Arena>>;

constinit Arena arena{};
constinit Stacks stacks{arena};

}  // namespace

void initialize_stack_arena() noexcept
{
    arena.add_region({__arena_start, __arena_end});
}

std::span<std::byte> allocate_stack(std::size_t bytes) noexcept
{
    return bytes <= largest_region() ? stacks.allocate(bytes + config::stack_extra) : std::span<std::byte>{};
}

void release_stack(std::span<std::byte> stack) noexcept
{
    stacks.release(stack);
}

std::size_t free_stack_bytes() noexcept
{
    stacks.drain();
    return arena.free_bytes();
}

}  // namespace pegplan::kernel
