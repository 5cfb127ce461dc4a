// Asking a thread to stop, in the manner of std::jthread: it is told, and ends by itself.
//
//     auto worker = spawn([](StopToken stop) {
//         while (!stop.stop_requested()) { ... }
//     });
//     worker->request_stop();
//
//     switch (wait_any(when::stop_requested(stop), when::received(inbox, message))) { ... }
//     if (this_thread::sleep_for(stop, 10s)) { return; }      // true: told to stop
#pragma once

#include <pegplan/deadline.hpp>
#include <pegplan/kernel_atomic.hpp>
#include <pegplan/wait_any.hpp>

#include <chrono>
#include <concepts>
#include <utility>

namespace pegplan {

class StopToken;
class StopSource;

namespace kernel {

struct StopTokenAccess;

struct StopWait : WaitCase {
    explicit StopWait(StopSource& source) noexcept;

    StopSource* source;
};

/// A function to be called on a request.
struct StopAction : RingLink<StopAction> {
    void (*call)(StopAction& self) noexcept;
};

}  // namespace kernel

/// Where requests are made. It must outlive its tokens, the callbacks registered with them, and the waits for them; that of a
/// spawned thread lives until the thread has been joined or, once detached, has ended.
class StopSource {
public:
    constexpr StopSource() noexcept = default;
    ~StopSource();
    StopSource(const StopSource&) = delete;
    StopSource& operator=(const StopSource&) = delete;

    /// Tells all who look, wait or have registered a callback. Returns whether this is the first request. From threads and ISRs; never
    /// blocks. Callbacks run in the caller, one after the other.
    bool request_stop() noexcept;

    [[nodiscard]] bool stop_requested() const noexcept { return requested_.load(std::memory_order_acquire); }

    [[nodiscard]] StopToken token() noexcept;

private:
    friend struct kernel::StopWait;
    template <std::invocable F>
    friend class StopCallback;

    /// Registers an action; false if the request has been made: then the caller does it.
    bool add(kernel::StopAction& action) noexcept;
    void remove(kernel::StopAction& action) noexcept;

    kernel::Atomic<bool> requested_{false};
    kernel::Ring<kernel::StopAction> actions_{};
    kernel::StopAction* running_ = nullptr;          ///< the action that is being called
    kernel::ThreadControl* requester_ = nullptr;     ///< who calls it
    kernel::WaitQueue waiters_{};
    kernel::WaitQueue removers_{};
    [[no_unique_address]] kernel::WaitLock lock_{};
};

/// A view of a StopSource for those who are to be told. A value; one without source never stops.
class StopToken {
public:
    constexpr StopToken() noexcept = default;

    [[nodiscard]] bool stop_requested() const noexcept { return source_ != nullptr && source_->stop_requested(); }
    [[nodiscard]] bool stop_possible() const noexcept { return source_ != nullptr; }

    friend bool operator==(const StopToken&, const StopToken&) noexcept = default;

private:
    friend class StopSource;
    friend struct kernel::StopTokenAccess;
    template <std::invocable F>
    friend class StopCallback;

    constexpr explicit StopToken(StopSource& source) noexcept : source_{&source} {}

    StopSource* source_ = nullptr;
};

inline StopToken StopSource::token() noexcept
{
    return StopToken{*this};
}

/// Calls `function()` when the request comes, in the thread or ISR that makes it; at once if it has been made. When the
/// destructor has returned, the function runs no more and will not be called. Destroyed by threads.
template <std::invocable F>
class StopCallback : kernel::StopAction {
public:
    StopCallback(StopToken token, F function) noexcept
        : kernel::StopAction{{nullptr, nullptr},
                             [](kernel::StopAction& self) noexcept { static_cast<StopCallback&>(self).function_(); }},
          source_{token.source_}, function_(std::move(function))
    {
        if (source_ != nullptr && !source_->add(*this)) {
            source_ = nullptr;
            function_();
        }
    }
    ~StopCallback()
    {
        if (source_ != nullptr) {
            source_->remove(*this);
        }
    }
    StopCallback(const StopCallback&) = delete;
    StopCallback& operator=(const StopCallback&) = delete;

private:
    StopSource* source_;
    F function_;
};

namespace kernel {

struct StopTokenAccess {
    static StopSource& source(StopToken token) noexcept
    {
        invariant(token.source_ != nullptr, "a wait for a request that nobody can make would never end");
        return *token.source_;
    }
};

}  // namespace kernel

namespace when {

/// For wait_any: a stop has been requested.
[[nodiscard]] inline kernel::StopWait stop_requested(StopToken token) noexcept
{
    return kernel::StopWait{kernel::StopTokenAccess::source(token)};
}

}  // namespace when

namespace this_thread {

/// Sleeps for `duration`, or until a stop is requested; returns whether one has been. From threads.
template <class Rep, class Period>
[[nodiscard]] bool sleep_for(StopToken token, std::chrono::duration<Rep, Period> duration) noexcept
{
    return wait_any_for(duration, when::stop_requested(token)).has_value();
}

/// The same until `time`.
template <class Duration>
[[nodiscard]] bool sleep_until(StopToken token, std::chrono::time_point<Clock, Duration> time) noexcept
{
    return wait_any_until(time, when::stop_requested(token)).has_value();
}

}  // namespace this_thread

}  // namespace pegplan
