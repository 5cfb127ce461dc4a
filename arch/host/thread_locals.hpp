// thread_local objects on the host: all threads of a CPU have theirs at the same addresses.
//
// The compiler finds the objects at constant distances from the thread pointer of the pthread, where the C library and the
// runtime of a sanitizer keep theirs too, which belong to the pthread and not to the kernel's threads. So the thread pointer
// stays, and a switch exchanges the contents of that part of the block which is the image's own. In an image without such
// objects it exchanges nothing.
//
// The price is that a pointer to an object means, in another thread, that thread's object.
#pragma once

#include "arch/host/cpu.hpp"
#include "arch/port.hpp"

#include <pegplan/config/thread.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

extern "C" {
// What the objects begin with, and how large they are: of the linker script.
extern const std::byte __thread_locals_start[];
extern const std::byte __thread_locals_end[];
}

namespace pegplan::arch::host {

/// Tells a CPU where the objects are in the calling pthread, its own.
void find_thread_locals(HostCpu& cpu) noexcept;

/// A context's part with THREAD_LOCAL_STORAGE.
class ThreadLocals {
public:
    static ThreadLocalRoom room() noexcept { return {size(), 1}; }

    /// The context keeps its objects at `place` while it rests.
    void init(std::byte* place) noexcept;

    /// The running context is about to be left for `to`. Masked.
    [[gnu::always_inline]] void leave(ThreadLocals& to) noexcept
    {
        if (size() != 0) {
            exchange(to);
        }
    }

private:
    static std::size_t size() noexcept
    {
        return reinterpret_cast<std::uintptr_t>(__thread_locals_end) - reinterpret_cast<std::uintptr_t>(__thread_locals_start);
    }

    void exchange(ThreadLocals& to) noexcept;

    std::byte* kept_;
};

/// The same without.
class NoThreadLocals {
public:
    static ThreadLocalRoom room() noexcept { return {0, 1}; }
    void init(std::byte*) noexcept {}
    void leave(NoThreadLocals&) noexcept {}
};

using ContextThreadLocals = std::conditional_t<config::thread_local_storage, ThreadLocals, NoThreadLocals>;

}  // namespace pegplan::arch::host
