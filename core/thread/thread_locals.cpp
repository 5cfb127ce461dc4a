// The thread_local objects of threads: placing them, and their destructors as the Itanium C++ ABI has them registered.
#include "core/thread/thread_locals.hpp"

#include "core/smp/locks.hpp"

#include <pegplan/panic.hpp>

#include <array>
#include <string_view>

namespace pegplan::kernel {

std::uintptr_t place_thread_locals(arch::Port::Context& context, const arch::ThreadLocalRoom& room,
                                   std::uintptr_t top) noexcept
{
    if constexpr (config::thread_local_storage) {
        top = (top - room.size) & ~static_cast<std::uintptr_t>(room.alignment - 1);
        arch::Port::init_thread_locals(context, reinterpret_cast<std::byte*>(top));
    }
    return top;
}

constinit std::atomic<void (*)() noexcept> thread_local_destroyer{nullptr};

namespace {

/// The objects of one thread that have destructors, in the order of their construction. Changed with interrupts masked,
/// since handlers of interrupts use the interrupted thread's objects.
struct DestructorList {
    struct Entry {
        void (*destroy)(void*);
        void* object;
    };

    std::size_t count;
    std::array<Entry, config::thread_local_destructors> entries;
};

/// The linker drops it from images in which nothing is registered. The kernel's one such object: what uses it is the
/// application's own thread, in the middle of its own code or on its way out.
constinit thread_local DestructorList destructors{};

void run_destructors() noexcept
{
    while (destructors.count != 0) {
        DestructorList::Entry last;
        {
            const InterruptMask masked;
            last = destructors.entries[--destructors.count];
        }
        last.destroy(last.object);
    }
}

void register_destructor(void (*destroy)(void*), void* object) noexcept
{
    const InterruptMask masked;
    invariant(destructors.count < destructors.entries.size(),
              "thread '{}' has more than {} thread_local variables with destructors: raise THREAD_LOCAL_DESTRUCTORS",
              std::string_view{this_cpu().current->name.data()}, destructors.entries.size());
    destructors.entries[destructors.count++] = {destroy, object};
    thread_local_destroyer.store(&run_destructors, std::memory_order_relaxed);
}

}  // namespace

}  // namespace pegplan::kernel

/// Called by compiled code when the calling thread has constructed an object.
extern "C" int __cxa_thread_atexit(void (*destroy)(void*), void* object, void*) noexcept
{
    if constexpr (pegplan::config::thread_local_storage) {
        pegplan::kernel::register_destructor(destroy, object);
    }
    return 0;
}
