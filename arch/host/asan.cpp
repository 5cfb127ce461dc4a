// Announces contexts to the address sanitizer. Compiled with HOST_ASAN alone.
#include "arch/host/fibers.hpp"

#include "arch/host/start.hpp"

#include <pthread.h>
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>

namespace pegplan::arch::host {

void AsanFiber::init(std::span<std::byte> stack) noexcept
{
    // What the stack's last owner has left of its frames: it never returned from them.
    __asan_unpoison_memory_region(stack.data(), stack.size());
    frames_ = nullptr;
    stack_ = stack.data();
    stack_size_ = stack.size();
    ends_ = false;
}

void AsanFiber::adopt() noexcept
{
    pthread_attr_t attributes;
    void* stack = nullptr;
    std::size_t size = 0;
    pthread_getattr_np(pthread_self(), &attributes);
    pthread_attr_getstack(&attributes, &stack, &size);
    pthread_attr_destroy(&attributes);
    stack_ = static_cast<const std::byte*>(stack);
    stack_size_ = size;
    ends_ = false;
}

[[gnu::no_sanitize_address]] void AsanFiber::leave(AsanFiber& to) noexcept
{
    // Of a CPU's first context nothing is known. It never goes on on another CPU.
    const std::span<const std::byte> stack =
        to.stack_ != nullptr ? std::span{to.stack_, to.stack_size_} : std::span<const std::byte>{boot_stack()};
    __sanitizer_start_switch_fiber(ends_ ? nullptr : &frames_, stack.data(), stack.size());
}

[[gnu::no_sanitize_address]] void AsanFiber::arrive() noexcept
{
    __sanitizer_finish_switch_fiber(frames_, nullptr, nullptr);
}

[[gnu::no_sanitize_address]] void AsanFiber::begin() noexcept
{
    __sanitizer_finish_switch_fiber(nullptr, nullptr, nullptr);
}

}  // namespace pegplan::arch::host

extern "C" const char* __asan_default_options()
{
    // There is no heap that could leak. The exit code is neither an application's usual one nor that of a panic.
    // A fuzzing engine stands before the runtime in the order of libraries, which is what the runtime would complain of.
    return "detect_leaks=0:exitcode=254:detect_stack_use_after_return=1:check_initialization_order=0:verify_asan_link_order=0";
}

extern "C" const char* __ubsan_default_options()
{
    return "print_stacktrace=1:exitcode=254";
}
