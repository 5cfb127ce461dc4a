// The thread_local objects of threads: where they lie on a stack, and how they end.
//
// The port knows how the compiler finds them, and how large they are in this image (arch/port.hpp,
// ArchHasThreadLocals). Objects of each thread lie at the top of its stack, above the closure. Those with destructors are
// noted in a list that is itself such an object, so that images without any have neither list nor code for it.
//
// Besides that list the kernel's own code uses no such object.
#pragma once

#include "arch/port.hpp"

#include <pegplan/board/arch.hpp>
#include <pegplan/config/thread.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace pegplan::kernel {

static_assert(!config::thread_local_storage || arch::ArchHasThreadLocals<arch::Port>);

/// What a thread's objects need of its stack; a size of 0 if the image has none. In units of the stack's alignment.
[[gnu::always_inline]] inline arch::ThreadLocalRoom thread_local_room() noexcept
{
    constexpr std::size_t unit = arch::Port::stack_alignment;
    if constexpr (config::thread_local_storage) {
        const arch::ThreadLocalRoom room = arch::Port::thread_local_room();
        return {(room.size + unit - 1) & ~(unit - 1), std::max(room.alignment, unit)};
    }
    return {0, unit};
}

/// Gives `context`, which does not run yet, its objects, as they are when nobody has used them, at the top of a stack that
/// ends at `top`: in a room as above, which is not empty. Returns the top of what is left of that stack.
std::uintptr_t place_thread_locals(arch::Port::Context& context, const arch::ThreadLocalRoom& room,
                                   std::uintptr_t top) noexcept;

/// What runs the destructors of the calling thread's objects; null as long as no thread has had an object with one.
extern constinit std::atomic<void (*)() noexcept> thread_local_destroyer;

/// Runs the destructors of the calling thread's objects, the youngest object's first. They may block, and use further
/// objects, which are destroyed too.
inline void destroy_thread_locals() noexcept
{
    if constexpr (config::thread_local_storage) {
        if (void (*const destroy)() noexcept = thread_local_destroyer.load(std::memory_order_relaxed)) {
            destroy();
        }
    }
}

}  // namespace pegplan::kernel
