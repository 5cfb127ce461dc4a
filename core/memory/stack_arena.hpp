// The memory of thread stacks: all RAM behind the image (`__arena_start` to `__arena_end` of the linker script).
#pragma once

#include <cstddef>
#include <span>

namespace pegplan::kernel {

/// Takes over the arena. Once, before the first thread.
void initialize_stack_arena() noexcept;

/// Returns a stack of at least `bytes` bytes and STACK_EXTRA, aligned for every architecture, or an empty span. O(1); the scheduler lock is held.
[[nodiscard]] std::span<std::byte> allocate_stack(std::size_t bytes) noexcept;

/// Gives back a stack that no context runs on. O(1); the scheduler lock is held.
void release_stack(std::span<std::byte> stack) noexcept;

/// Bytes that no stack takes. Gives back first what guarded stacks have kept; the scheduler lock is held.
[[nodiscard]] std::size_t free_stack_bytes() noexcept;

}  // namespace pegplan::kernel
