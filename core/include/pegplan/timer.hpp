// Timers: a function that is called at a time, once or again and again.
//
//     Timer heartbeat{[] { led.toggle(); }};
//     heartbeat.start_periodic(500ms);
//
// Where the function runs is chosen in the menu (TIMER_CALLBACKS): in the timer's interrupt, where it must be short and may
// only make calls that are said to be possible from ISRs; or in the timer thread, where it may block, and delays the
// functions of other timers as long as it does. A periodic timer does not drift: each deadline is a whole number of
// periods after the first.
#pragma once

#include <pegplan/clock.hpp>
#include <pegplan/config/time.hpp>
#include <pegplan/one_writer_counter.hpp>
#include <pegplan/work_queue.hpp>

#include <atomic>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

#include "core/time/timer_queue.hpp"

namespace pegplan {

namespace kernel {

struct Cpu;

/// Calls back from the timer's interrupt. All functions: from threads and ISRs; they never block.
class TimerCore : Timeout {
public:
    using Call = void (*)(TimerCore& self) noexcept;

    explicit TimerCore(Call call) noexcept : Timeout{}, call_{call} { is_timer = true; }
    ~TimerCore() { stop(); }
    TimerCore(const TimerCore&) = delete;
    TimerCore& operator=(const TimerCore&) = delete;

    /// Once at `first` and then, if `period` is not zero, after each period. A timer that runs is started anew.
    void start(Clock::time_point first, std::chrono::nanoseconds period) noexcept;
    /// Returns whether it was running.
    bool stop() noexcept;
    /// The same, and nobody can start it until `allow_starts`: so that a function which starts its own timer can be ended.
    bool stop_for_good() noexcept;
    void allow_starts() noexcept;
    [[nodiscard]] bool may_start() const noexcept { return stoppers_.load(std::memory_order_relaxed) == 0; }
    [[nodiscard]] bool is_running() const noexcept;
    /// Time to the next call; nothing if it does not run.
    [[nodiscard]] std::optional<std::chrono::nanoseconds> remaining() const noexcept;
    [[nodiscard]] std::uint32_t expirations() const noexcept { return expirations_.value(); }
    [[nodiscard]] std::uint32_t missed() const noexcept { return missed_.value(); }
    void count_missed() noexcept { missed_.increment(); }

    /// The deadline of `timeout`, a timer's, has passed. In the interrupt, with the lock of the CPU's domain held, which is left for
    /// the call.
    static void expire(Cpu& cpu, Timeout& timeout, arch::Ticks now) noexcept;

    /// A CPU leaves (`from`, the calling one): if that is still the next entry of its queue, a timer, then `to` gets it. Masked, with
    /// nothing locked.
    static void give_away(Timeout& next, Cpu& from, Cpu& to) noexcept;

private:
    bool cancel() noexcept;

    Call call_;
    Clock::time_point next_{};
    std::chrono::nanoseconds period_{0};
    OneWriterCounter<std::uint32_t> expirations_;  ///< written where it expires, by one CPU at a time
    OneWriterCounter<std::uint32_t> missed_;
    std::atomic<std::uint32_t> stoppers_{0};  ///< threads between `stop_for_good` and `allow_starts`
    [[no_unique_address]] WaitLock lock_{};
};

/// The time that lies `delay` from now.
template <class Rep, class Period>
Clock::time_point time_after(std::chrono::duration<Rep, Period> delay) noexcept
{
    const auto now = Clock::now();
    const auto count = to_clock(delay);
    return count < Clock::time_point::max() - now ? now + count : Clock::time_point::max();
}

}  // namespace kernel

/// Calls `function()`. Destroyed by threads; the destructor stops it, and returns when the function does not run any more.
/// The other functions: from threads and ISRs, unless they say otherwise; a function may start and cancel its own timer.
template <std::invocable F>
class Timer {
public:
    explicit Timer(F function) noexcept : core_{*this}, deferred_{*this}, function_(std::move(function)) {}
    ~Timer() { cancel_and_wait(); }

    /// Calls the function once, after `delay`, or at `time`. A timer that runs is started anew.
    template <class Rep, class Period>
    void start_once(std::chrono::duration<Rep, Period> delay) noexcept
    {
        core_.start(kernel::time_after(delay), std::chrono::nanoseconds{0});
    }
    template <class Duration>
    void start_once_at(std::chrono::time_point<Clock, Duration> time) noexcept
    {
        core_.start(Clock::time_point{kernel::to_clock(time.time_since_epoch())}, std::chrono::nanoseconds{0});
    }

    /// Calls the function after `period`, which is above zero, and then at every whole multiple of it.
    template <class Rep, class Period>
    void start_periodic(std::chrono::duration<Rep, Period> period) noexcept
    {
        start_periodic_at(kernel::time_after(period), period);
    }
    /// The same, for the first time at `first`.
    template <class Duration, class Rep, class Period>
    void start_periodic_at(std::chrono::time_point<Clock, Duration> first, std::chrono::duration<Rep, Period> period) noexcept
    {
        kernel::invariant(period.count() > 0, "timer: a period of {}", kernel::to_clock(period));
        core_.start(Clock::time_point{kernel::to_clock(first.time_since_epoch())}, kernel::to_clock(period));
    }

    /// Returns whether it was running. With callbacks in the timer thread, one that has begun may still run.
    bool cancel() noexcept { return core_.stop(); }

    /// The same, and returns when the function does not run any more. Meanwhile nobody can start it. From threads, not from the
    /// function; may block.
    bool cancel_and_wait() noexcept
    {
        const bool was_running = core_.stop_for_good();
        deferred_.finish();
        core_.allow_starts();
        return was_running;
    }

    [[nodiscard]] bool is_running() const noexcept { return core_.is_running(); }

    /// Time to the next call; nothing if it does not run.
    [[nodiscard]] std::optional<std::chrono::nanoseconds> remaining() const noexcept { return core_.remaining(); }

    /// How often it has expired since it exists.
    [[nodiscard]] std::uint32_t expirations() const noexcept { return core_.expirations(); }

    /// Periods without a call of their own: they were over before the interrupt of the one before was served, or before the
    /// timer thread came to it.
    [[nodiscard]] std::uint32_t missed() const noexcept { return core_.missed(); }

private:
    struct Core : kernel::TimerCore {
        explicit Core(Timer& owner) noexcept
            : kernel::TimerCore{[](kernel::TimerCore& self) noexcept {
                  auto& core = static_cast<Core&>(self);
                  core.timer.deferred_.call(core.timer);
              }},
              timer{owner}
        {
        }
        Timer& timer;
    };

    struct InInterrupt {
        explicit InInterrupt(Timer&) noexcept {}
        void call(Timer& timer) noexcept { timer.function_(); }
        void finish() noexcept {}
    };

    struct InThread : kernel::WorkCore {
        explicit InThread(Timer& owner) noexcept
            : kernel::WorkCore{[](kernel::WorkCore& self) noexcept { static_cast<InThread&>(self).timer.function_(); }},
              timer{owner}
        {
        }
        void call(Timer&) noexcept
        {
            if (!kernel::timer_work_queue().submit(*this)) {
                timer.core_.count_missed();
            }
        }
        void finish() noexcept
        {
            kernel::timer_work_queue().cancel(*this);
            kernel::timer_work_queue().flush(*this);
        }
        Timer& timer;
    };

    Core core_;
    [[no_unique_address]] std::conditional_t<config::timer_callbacks_in_thread, InThread, InInterrupt> deferred_;
    F function_;
};

}  // namespace pegplan
