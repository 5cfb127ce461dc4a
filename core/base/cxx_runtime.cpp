// What compiled C++ expects of its surroundings (the Itanium C++ ABI): guards of local statics, pure virtual calls,
// and the registration of destructors, which never run because the machine ends with main().
#include "core/sched/section.hpp"

#include <pegplan/panic.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace pegplan::kernel {

namespace {

/// A guard variable: its first byte tells the compiler's inline check that the object is there; the second is ours.
struct Guard {
    std::atomic<std::uint8_t> done;
    std::uint8_t in_progress;
};

constinit WaitQueue guard_waiters{};
constinit WaitLock guard_lock{};

}  // namespace

}  // namespace pegplan::kernel

extern "C" {

// The address of this object names the image to __cxa_atexit.
void* __dso_handle = nullptr;

int __cxa_atexit(void (*)(void*), void*, void*) noexcept
{
    return 0;
}

/// What sources call for local statics that are compiled without __cxa_atexit.
int atexit(void (*)()) noexcept
{
    return 0;
}

[[noreturn]] void __cxa_pure_virtual() noexcept
{
    pegplan::panic("a pure virtual function was called");
}

/// Returns 1 to the thread that must construct the object, 0 when it is there. Others wait meanwhile.
int __cxa_guard_acquire(pegplan::kernel::Guard* guard) noexcept
{
    using namespace pegplan::kernel;
    Section section{guard_lock};
    while (guard->in_progress != 0) {
        Waiter place{guard_waiters};
        static_cast<void>(section.wait(place, Deadline::never()));
        section.resume();
    }
    if (guard->done.load(std::memory_order_acquire) != 0) {
        return 0;
    }
    guard->in_progress = 1;
    return 1;
}

void __cxa_guard_release(pegplan::kernel::Guard* guard) noexcept
{
    using namespace pegplan::kernel;
    Section section{guard_lock};
    guard->done.store(1, std::memory_order_release);
    guard->in_progress = 0;
    // All waiters of all guards: each looks at its own again. Constructions that compete are rare.
    while (Waiter* const waiter = claim_front(guard_waiters)) {
        section.wake(*waiter);
    }
}

}  // extern "C"
