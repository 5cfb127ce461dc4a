// Doing something once, by whichever thread comes first.
#pragma once

#include <pegplan/kernel_atomic.hpp>

#include <concepts>
#include <cstdint>
#include <functional>
#include <utility>

#include "core/sync/wait_queue.hpp"

namespace pegplan {

/// As std::once_flag with std::call_once. Once it is done, a call costs one load.
class Once {
public:
    constexpr Once() noexcept = default;
    ~Once();
    Once(const Once&) = delete;
    Once& operator=(const Once&) = delete;

    /// The first caller calls `function(arguments...)`; all others return when that has returned. From threads. The
    /// function may not call the same Once: it would wait for itself, and panics.
    template <class F, class... Arguments>
        requires std::invocable<F, Arguments...>
    void call(F&& function, Arguments&&... arguments) noexcept
    {
        if (state_.load(std::memory_order_acquire) != done && begin()) {
            std::invoke(std::forward<F>(function), std::forward<Arguments>(arguments)...);
            finish();
        }
    }

    [[nodiscard]] bool is_done() const noexcept { return state_.load(std::memory_order_acquire) == done; }

private:
    static constexpr std::uint32_t idle = 0;
    static constexpr std::uint32_t running = 1;
    static constexpr std::uint32_t done = 2;

    /// True for the one who must do it; false when it is done.
    bool begin() noexcept;
    void finish() noexcept;

    kernel::Atomic<std::uint32_t> state_{idle};  // done is stored with release; the other changes are made under the lock
    kernel::ThreadControl* runner_ = nullptr;
    kernel::WaitQueue waiters_{};
    [[no_unique_address]] kernel::WaitLock lock_{};
};

}  // namespace pegplan
