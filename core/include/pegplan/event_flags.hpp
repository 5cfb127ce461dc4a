// Event flags: 32 conditions that anybody sets and threads wait for, any of some or all of them.
//
//     constexpr EventFlags::Flags received = 1, failed = 2;
//     EventFlags events;
//     if ((events.wait_any(received | failed, EventFlags::OnExit::clear) & failed) != 0) { ... }
//
// Setting flags while nobody waits, clearing them, and waits that are true already are lock-free.
#pragma once

#include <pegplan/deadline.hpp>
#include <pegplan/kernel_atomic.hpp>
#include <pegplan/result.hpp>
#include <pegplan/wait_any.hpp>

#include <chrono>
#include <cstdint>
#include <optional>

namespace pegplan {

class EventFlags;

namespace kernel {

/// A thread that waits for flags.
struct FlagWait : WaitCase {
    FlagWait(EventFlags& events, std::uint32_t mask, bool all, bool clear) noexcept;

    [[nodiscard]] bool holds(std::uint32_t flags) const noexcept
    {
        return all ? (flags & mask) == mask : (flags & mask) != 0;
    }

    EventFlags* events;
    std::uint32_t mask;
    std::uint32_t seen = 0;  ///< the flags at the end of the wait
    bool all;
    bool clear;
};

}  // namespace kernel

/// Destruction while threads wait panics.
class EventFlags {
public:
    using Flags = std::uint32_t;

    /// Whether the flags that a wait was about are cleared when it ends well; in the same step, so that no event is seen twice
    /// or lost.
    enum class OnExit : bool { keep, clear };

    constexpr explicit EventFlags(Flags initial = 0) noexcept : word_{initial} {}
    ~EventFlags();
    EventFlags(const EventFlags&) = delete;
    EventFlags& operator=(const EventFlags&) = delete;

    /// Sets `flags`. All threads whose condition holds now go on, whatever each of them clears. Returns the flags as they
    /// were then. From threads and ISRs; never blocks.
    Flags set(Flags flags) noexcept
    {
        const Word before = word_.fetch_or(flags, std::memory_order_release);
        return (before & contended) == 0 ? static_cast<Flags>(before) | flags : wake_all_for_whom_it_holds();
    }

    /// Clears `flags`; returns what was set before. From threads and ISRs; lock-free.
    Flags clear(Flags flags) noexcept
    {
        return static_cast<Flags>(word_.fetch_and(~Word{flags}, std::memory_order_acq_rel));
    }

    /// What is set at this moment. From anywhere.
    [[nodiscard]] Flags get() const noexcept { return static_cast<Flags>(word_.load(std::memory_order_acquire)); }

    /// Waits until any flag of `mask`, or all of them, are set; returns all flags as they were then, before the clearing. From threads.
    Flags wait_any(Flags mask, OnExit on_exit = OnExit::keep) noexcept { return wait(mask, false, on_exit); }
    Flags wait_all(Flags mask, OnExit on_exit = OnExit::keep) noexcept { return wait(mask, true, on_exit); }

    /// The same without waiting. Error: timed_out. From threads and ISRs; lock-free.
    [[nodiscard]] Result<Flags> try_wait_any(Flags mask, OnExit on_exit = OnExit::keep) noexcept
    {
        return wait_by(mask, false, on_exit, kernel::Deadline::immediately());
    }
    [[nodiscard]] Result<Flags> try_wait_all(Flags mask, OnExit on_exit = OnExit::keep) noexcept
    {
        return wait_by(mask, true, on_exit, kernel::Deadline::immediately());
    }

    /// The same for at most `limit`, or until `time`. Error: timed_out; then nothing is cleared. From threads.
    template <class Rep, class Period>
    [[nodiscard]] Result<Flags> wait_any_for(Flags mask, std::chrono::duration<Rep, Period> limit,
                                             OnExit on_exit = OnExit::keep) noexcept
    {
        return wait_by(mask, false, on_exit, kernel::Deadline::after(limit));
    }
    template <class Rep, class Period>
    [[nodiscard]] Result<Flags> wait_all_for(Flags mask, std::chrono::duration<Rep, Period> limit,
                                             OnExit on_exit = OnExit::keep) noexcept
    {
        return wait_by(mask, true, on_exit, kernel::Deadline::after(limit));
    }
    template <class Duration>
    [[nodiscard]] Result<Flags> wait_any_until(Flags mask, std::chrono::time_point<Clock, Duration> time,
                                               OnExit on_exit = OnExit::keep) noexcept
    {
        return wait_by(mask, false, on_exit, kernel::Deadline::at(time));
    }
    template <class Duration>
    [[nodiscard]] Result<Flags> wait_all_until(Flags mask, std::chrono::time_point<Clock, Duration> time,
                                               OnExit on_exit = OnExit::keep) noexcept
    {
        return wait_by(mask, true, on_exit, kernel::Deadline::at(time));
    }

private:
    friend struct kernel::FlagWait;

    using Word = std::uint64_t;
    static constexpr Word contended = Word{1} << 32;  ///< threads may wait: who sets flags must look

    Flags wait(Flags mask, bool all, OnExit on_exit) noexcept
    {
        return *wait_by(mask, all, on_exit, kernel::Deadline::never());
    }
    Result<Flags> wait_by(Flags mask, bool all, OnExit on_exit, kernel::Deadline deadline) noexcept;
    bool take(kernel::FlagWait& wait) noexcept;
    bool take_or_contend(kernel::FlagWait& wait) noexcept;
    [[gnu::noinline]] Flags wake_all_for_whom_it_holds() noexcept;

    // Setting is a release, and the end of a wait an acquire: what was done before the flag was set is visible after the wait.
    // `contended` is set and cleared under the lock alone.
    kernel::Atomic<Word> word_;
    kernel::WaitQueue waiters_{};
    [[no_unique_address]] kernel::WaitLock lock_{};
};

namespace when {

/// For wait_any: any flag of `mask`, or all of them, have been set.
[[nodiscard]] inline kernel::FlagWait any_set(EventFlags& events, EventFlags::Flags mask,
                                              EventFlags::OnExit on_exit = EventFlags::OnExit::keep) noexcept
{
    return {events, mask, false, on_exit == EventFlags::OnExit::clear};
}
[[nodiscard]] inline kernel::FlagWait all_set(EventFlags& events, EventFlags::Flags mask,
                                              EventFlags::OnExit on_exit = EventFlags::OnExit::keep) noexcept
{
    return {events, mask, true, on_exit == EventFlags::OnExit::clear};
}

}  // namespace when

}  // namespace pegplan
