// A context: what the port keeps of a thread that is not running, outside of its stack.
//
// A switch ends with a jump to where the context goes on: to what its `resume_at` says or, in an image with thread_local
// objects, to a piece of code that loads the thread pointer and then goes there. Which of the two words the jump
// reads is a constant that the linker script chooses, `pegplan_switch`.
#pragma once

#include "arch/thread_locals.hpp"
#include "arch/x86_64/context.h"
#include "arch/x86_64/fp.hpp"

#include <cstddef>
#include <cstdint>
#include <type_traits>

extern "C" {
/// The distance in a context of the word that the jump reads.
extern const std::byte pegplan_switch[];

// switch.S: they load the FS base and go on, by the instruction that newer CPUs have for it and by a model-specific register.
extern const std::byte pegplan_load_fs_base[];
extern const std::byte pegplan_load_fs_base_register[];
}

namespace pegplan::arch::x86_64 {

/// Whether threads may set the FS base (CR4.FSGSBASE). Set at boot, before there are threads.
inline constinit bool has_fs_base_instruction = false;

/// The FS base, and what loads it.
struct ThreadPointerPart {
    std::uintptr_t pointer;
    const void* load_and_resume_at;

    /// The word at which FS points holds its address, for code that takes addresses: no instruction reads FS itself.
    void set(std::uintptr_t to) noexcept
    {
        *reinterpret_cast<std::uintptr_t*>(to) = to;
        pointer = to;
        load_and_resume_at = has_fs_base_instruction ? pegplan_load_fs_base : pegplan_load_fs_base_register;
    }
};

using ContextThreadPointer = std::conditional_t<config::thread_local_storage, ThreadPointerPart, NoThreadPointer>;

struct Context {
    void* stack_pointer;
    const void* resume_at;
    [[no_unique_address]] ContextThreadPointer thread_pointer;
    [[no_unique_address]] FpContext fp;
};
static_assert(offsetof(Context, stack_pointer) == CONTEXT_STACK_POINTER);
static_assert(offsetof(Context, resume_at) == CONTEXT_RESUME_AT);
static_assert(offsetof(ThreadPointerPart, load_and_resume_at) == CONTEXT_LOAD_AND_RESUME_AT - CONTEXT_THREAD_POINTER);
static_assert(!config::thread_local_storage || offsetof(Context, thread_pointer) == CONTEXT_THREAD_POINTER);

}  // namespace pegplan::arch::x86_64
