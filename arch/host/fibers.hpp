// What sanitizers must know of contexts, each of which is a fiber to them: by choice of the menu, and nothing without one.
//
// All kinds have the same operations:
//   init(stack)         the context will run on this stack, and never has;
//   leave(to)           the running context is about to be left for `to`;
//   arrive()            it runs again;
//   begin()             a context runs for the first time;
//   release()           it is left for good the next time;
//   adopt()             it is that of the calling pthread, on the stack that Linux knows.
#pragma once

#include <pegplan/config/host.hpp>

#include <cstddef>
#include <span>
#include <type_traits>

namespace pegplan::arch::host {

/// The address sanitizer keeps the bounds of the running stack, and for each fiber the frames that it has moved to the heap.
class AsanFiber {
public:
    void init(std::span<std::byte> stack) noexcept;
    void leave(AsanFiber& to) noexcept;
    void arrive() noexcept;
    static void begin() noexcept;
    void release() noexcept { ends_ = true; }
    void adopt() noexcept;

private:
    void* frames_;
    const std::byte* stack_;  ///< null for a CPU's first context: it runs on the stack that the CPU was started with
    std::size_t stack_size_;
    bool ends_;
};

/// The thread sanitizer keeps a history for each fiber. One that has ended is freed when its context begins anew.
class TsanFiber {
public:
    void init(std::span<std::byte> stack) noexcept;
    void leave(TsanFiber& to) noexcept;
    void arrive() noexcept {}
    static void begin() noexcept {}
    void release() noexcept {}
    void adopt() noexcept {}

private:
    void* fiber_;  ///< null for a CPU's first context, until it is left
};

class NoFiber {
public:
    void init(std::span<std::byte>) noexcept {}
    void leave(NoFiber&) noexcept {}
    void arrive() noexcept {}
    static void begin() noexcept {}
    void release() noexcept {}
    void adopt() noexcept {}
};

using Fiber = std::conditional_t<config::host_asan, AsanFiber,
                                 std::conditional_t<config::host_tsan, TsanFiber, NoFiber>>;

}  // namespace pegplan::arch::host
