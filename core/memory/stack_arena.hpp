// The memory of thread stacks: all RAM behind the image (`__arena_start` to `__arena_end` of the linker script). On a board with
// several NUMA nodes each has an arena, of all its RAM but what the image takes.
#pragma once

#include <pegplan/board/numa.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace pegplan::kernel {

/// The node that a stack is of.
struct StackNode {
    std::uint8_t index;
};

/// The same where there is one node.
struct OnlyNode {
    static constexpr std::uint8_t index = 0;
};

/// A thread's stack, and what takes it back to where it came from. Copied into the thread's record.
struct Stack {
    std::span<std::byte> memory;
    std::uint16_t place;          ///< in the pool's table
    std::uint8_t colour;          ///< which of the begins of its size it has, plus 1; 0 for memory of the application
    [[no_unique_address]] std::conditional_t<(board::numa_node_count > 1), StackNode, OnlyNode> node;
};

/// Takes over the arena. Once, before the first thread.
void initialize_stack_arena() noexcept;

/// Makes `stack` one of at least `bytes` bytes and STACK_EXTRA, aligned for every architecture; returns whether there was
/// memory. O(1) but when memory runs out; with STACK_PAINTING linear in its size.
[[nodiscard]] bool allocate_stack(std::size_t bytes, Stack& stack) noexcept;

/// The same, of that node or of the nearest one that has room; the other is for the node of the calling CPU. Constant time for each
/// node. For boards with several.
[[nodiscard]] bool allocate_stack_near(std::uint8_t node, std::size_t bytes, Stack& stack) noexcept;

/// Makes memory of the application a stack.
void adopt_stack(std::span<std::byte> memory, Stack& stack) noexcept;

/// Gives back a stack that no context runs on. O(1). One of the application is just left alone.
void release_stack(const Stack& stack) noexcept;

/// Of a thread's stack, the bytes that its builder asked for.
[[nodiscard]] std::size_t usable_bytes(const Stack& stack) noexcept;

/// With STACK_PAINTING: how many bytes at the low end have never been written, looked at from `from` on, which the
/// last call returned, or 0. Looks at some hundred bytes at most; returns `from` again when that is all.
[[nodiscard]] std::size_t untouched_bytes(std::span<const std::byte> memory, std::size_t from) noexcept;

/// Bytes that no stack takes. Empties the pool.
[[nodiscard]] std::size_t free_stack_bytes() noexcept;

}  // namespace pegplan::kernel
