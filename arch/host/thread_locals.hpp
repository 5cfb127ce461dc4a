// thread_local objects on the host.
//
// The compiler finds the objects at constant distances from the thread pointer of the pthread, where the C library and the
// runtime of a sanitizer keep theirs too, which belong to the pthread and not to the kernel's threads. So the register stays as
// it is. What happens instead costs nothing in an image without such objects.
//
// With one CPU all threads have their objects at the same addresses, the pthread's: a switch exchanges the contents of that part
// of the pthread's block which is the image's own. The price is that a pointer to an object means, in another thread, that
// thread's object.
//
// With several CPUs that would not do: a thread that goes on in another pthread would find its objects at other addresses than
// those that it, or the compiler, keeps. There each thread has objects of its own at addresses of their own, as on other
// boards, and a pointer to where the thread pointer would be for them to be found. The running thread's lies in the memory of the
// pthread, and the image's code takes it from there, in one step as whatever belongs to a CPU (cpu.hpp): its assembler sees
// to that (as.in). The address that comes out is the thread's, wherever it goes on.
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

/// Of all of the image's, in bytes.
[[gnu::always_inline]] inline std::size_t thread_locals_size() noexcept
{
    return reinterpret_cast<std::uintptr_t>(__thread_locals_end) - reinterpret_cast<std::uintptr_t>(__thread_locals_start);
}

/// Finds out where the objects are in the calling pthread, that of the CPU.
void find_thread_locals(HostCpu& cpu) noexcept;

/// A context's part with THREAD_LOCAL_STORAGE.
class ThreadLocals {
public:
    static ThreadLocalRoom room() noexcept { return {thread_locals_size(), 1}; }

    /// The context keeps its objects at `place` while it rests.
    void init(std::byte* place) noexcept;

    /// The running context is about to be left for `to`. Masked.
    [[gnu::always_inline]] void leave(ThreadLocals& to) noexcept
    {
        if (thread_locals_size() != 0) {
            exchange(to);
        }
    }

private:
    void exchange(ThreadLocals& to) noexcept;

    std::byte* kept_;
};

/// The same with several CPUs.
class OwnThreadLocals {
public:
    static ThreadLocalRoom room() noexcept;

    /// The context has its objects at `place`.
    void init(std::byte* place) noexcept;

    /// The running context is about to be left for `to`. Masked.
    [[gnu::always_inline]] void leave(const OwnThreadLocals& to) noexcept
    {
        if (thread_locals_size() != 0) {
            set_thread_pointer(to.pointer_);
        }
    }

private:
    std::byte* pointer_;
};

/// The same without.
class NoThreadLocals {
public:
    static ThreadLocalRoom room() noexcept { return {0, 1}; }
    void init(std::byte*) noexcept {}
    void leave(const NoThreadLocals&) noexcept {}
};

using ContextThreadLocals =
    std::conditional_t<!config::thread_local_storage, NoThreadLocals,
                       std::conditional_t<config::smp, OwnThreadLocals, ThreadLocals>>;

}  // namespace pegplan::arch::host
