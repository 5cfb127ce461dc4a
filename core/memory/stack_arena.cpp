// The memory of thread stacks.
#include "core/memory/stack_arena.hpp"

#include "core/memory/tlsf.hpp"

#include <pegplan/board/arch.hpp>
#include <pegplan/board/memory_map.hpp>

#include <algorithm>
#include <bit>

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

constinit Arena arena{};

}  // namespace

void initialize_stack_arena() noexcept
{
    arena.add_region({__arena_start, __arena_end});
}

std::span<std::byte> allocate_stack(std::size_t bytes) noexcept
{
    void* const stack = arena.allocate(bytes);
    return stack != nullptr ? std::span{static_cast<std::byte*>(stack), Arena::size_of(stack)} : std::span<std::byte>{};
}

void release_stack(std::span<std::byte> stack) noexcept
{
    arena.release(stack.data());
}

std::size_t free_stack_bytes() noexcept
{
    return arena.free_bytes();
}

}  // namespace pegplan::kernel
