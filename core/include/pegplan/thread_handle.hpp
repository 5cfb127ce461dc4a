// What there is of a thread once it has been spawned: its handle, the right to its result, and what it does to itself.
#pragma once

#include <pegplan/clock.hpp>
#include <pegplan/cpu_set.hpp>
#include <pegplan/deadline.hpp>
#include <pegplan/result.hpp>
#include <pegplan/scheduling.hpp>
#include <pegplan/stop_token.hpp>
#include <pegplan/thread_closure.hpp>
#include <pegplan/types.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

namespace pegplan {

enum class ThreadState : std::uint8_t {
    ready,      ///< runs, or waits for a CPU
    blocked,    ///< sleeps, or waits for something
    suspended,  ///< waits to be resumed (and maybe for something else as well)
    finished,   ///< has ended; its result waits for a join
    gone,       ///< no longer exists
};

/// What a thread has used, as of its latest switch.
struct ThreadStats {
    ThreadState state = ThreadState::gone;
    std::size_t stack_size = 0;             ///< bytes
    std::size_t stack_used = 0;             ///< bytes of it that have been used at most so far, the closure included (on the
                                            ///< host also what signals take); 0 without STACK_PAINTING, which says what it costs
    std::uint64_t switches = 0;             ///< how often it was given a CPU; 0 without THREAD_STATS
    std::chrono::nanoseconds run_time{0};   ///< on a CPU; 0 without THREAD_STATS
    std::uint64_t overruns = 0;             ///< how often it had used up the runtime of its deadline before it yielded or blocked,
                                            ///< and so had to wait for its next period; 0 without SCHED_EDF
};

/// Names a thread. A value: copy it freely; it does not keep the thread alive, and tells when it is gone.
class Thread {
public:
    constexpr Thread() noexcept = default;

    [[nodiscard]] constexpr ThreadId id() const noexcept { return id_; }

    /// Valid as long as the thread exists; empty when it is gone.
    [[nodiscard]] std::string_view name() const noexcept;

    /// By which it is scheduled at this moment, what it has through mutexes included. The lowest one when it is gone.
    [[nodiscard]] Priority priority() const noexcept;

    /// What it was given by its builder or `set_priority`. The lowest one when it is gone.
    [[nodiscard]] Priority base_priority() const noexcept;

    /// What it has through mutexes stays. Takes effect at once: a thread that is now more urgent than the caller runs before the call returns.
    /// Errors: priority_out_of_range, no_thread. Also from ISRs.
    Result<void> set_priority(Priority priority) const noexcept;

    /// Its weight under the policy SCHED_FAIR, without which this does not compile. 0 when it is gone.
    template <bool available = config::sched_fair>
    [[nodiscard]] std::uint32_t weight() const noexcept
    {
        static_assert(available, "weights need the scheduling policy SCHED_FAIR");
        return kernel::weight_of(control_, id_);
    }

    /// Takes effect at once, for what it runs from now on. Only with SCHED_FAIR. Errors: weight_out_of_range, no_thread. Also from
    /// ISRs.
    template <bool available = config::sched_fair>
    Result<void> set_weight(std::uint32_t weight) const noexcept
    {
        static_assert(available, "weights need the scheduling policy SCHED_FAIR");
        return kernel::set_weight(control_, id_, weight);
    }

    /// The CPUs that it may run on; empty when it is gone.
    [[nodiscard]] CpuSet affinity() const noexcept;

    /// Where it may run from now on. A thread that runs elsewhere is moved: itself before the call returns, another one as soon as
    /// its CPU has taken an interrupt. With SCHED_PARTITIONED it gets a new CPU only if it may not stay. A thread with a
    /// deadline stays on the CPU that has admitted it.
    /// Errors: no_such_cpu, empty_affinity, not_schedulable (its CPU is not among them), no_thread. Also from ISRs.
    Result<void> set_affinity(const CpuSet& cpus) const noexcept;

    /// The CPU that it runs on or waits for, or ran on before it was blocked. The first one when it is gone.
    [[nodiscard]] CpuId cpu() const noexcept;

    /// Keeps the thread from running until it is resumed; suspending itself, it returns then. One that runs on another CPU
    /// stops as soon as that has taken an interrupt. A wait or sleep goes on meanwhile. Suspending twice is the same as
    /// once. Errors: no_thread. Also from ISRs.
    Result<void> suspend() const noexcept;

    /// Ends a suspension; no effect where there is none. Errors: no_thread. Also from ISRs.
    Result<void> resume() const noexcept;

    [[nodiscard]] ThreadStats stats() const noexcept;

    /// Whether both name the same thread.
    friend constexpr bool operator==(const Thread& a, const Thread& b) noexcept { return a.id_ == b.id_; }

private:
    template <class T>
    friend class JoinHandle;
    friend Thread current_thread() noexcept;

    constexpr Thread(kernel::ThreadControl& control, ThreadId id) noexcept : control_{&control}, id_{id} {}

    kernel::ThreadControl* control_ = nullptr;
    ThreadId id_;
};

/// Owns the right to a thread's result. Movable; empty after a move, a successful join or a detach. One that is
/// destroyed without either detaches its thread. Not to be used by two threads at once.
template <class T>
class JoinHandle {
public:
    constexpr JoinHandle() noexcept = default;
    JoinHandle(JoinHandle&& other) noexcept
        : control_{std::exchange(other.control_, nullptr)}, id_{other.id_}, stop_{other.stop_}
    {
    }
    JoinHandle& operator=(JoinHandle&& other) noexcept
    {
        if (this != &other) {
            detach();
            control_ = std::exchange(other.control_, nullptr);
            id_ = other.id_;
            stop_ = other.stop_;
        }
        return *this;
    }
    ~JoinHandle() { detach(); }

    /// Waits for the thread's end and takes its result. Errors: no_thread (the handle is empty), would_deadlock (the
    /// thread joins itself), no_result (it ended through this_thread::exit).
    Result<T> join() noexcept { return finish_join(kernel::Deadline::never()); }

    /// The same for at most `limit`. Errors also: timed_out; the handle can then be joined again.
    template <class Rep, class Period>
    Result<T> join_for(std::chrono::duration<Rep, Period> limit) noexcept
    {
        return finish_join(kernel::Deadline::after(limit));
    }

    /// The same until `time`.
    template <class Duration>
    Result<T> join_until(std::chrono::time_point<Clock, Duration> time) noexcept
    {
        return finish_join(kernel::Deadline::at(time));
    }

    /// The thread; one that is gone when the handle is empty.
    [[nodiscard]] Thread thread() const noexcept { return control_ != nullptr ? Thread{*control_, id_} : Thread{}; }

    /// Whether the thread has ended, so that a join would not wait. False for an empty handle. Also from ISRs.
    [[nodiscard]] bool is_finished() const noexcept { return control_ != nullptr && kernel::thread_finished(*control_); }

    [[nodiscard]] bool joinable() const noexcept { return control_ != nullptr; }

    /// Asks the thread to stop, if its function takes a StopToken. Returns whether this is the first request. Also from ISRs.
    bool request_stop() noexcept { return can_stop() && stop_->request_stop(); }

    /// A token of the same requests; one that never stops if the thread takes none. Not to be used after the join.
    [[nodiscard]] StopToken stop_token() const noexcept { return can_stop() ? stop_->token() : StopToken{}; }

    /// Gives up the result; the thread runs on, and leaves nothing behind when it ends. No effect on an empty handle.
    void detach() noexcept
    {
        if (kernel::ThreadControl* const control = std::exchange(control_, nullptr)) {
            if (!kernel::detach_thread(*control)) {
                discard_result(kernel::thread_result(*control));
                kernel::release_thread(*control);
            }
        }
    }

private:
    friend class ThreadBuilder;

    JoinHandle(kernel::ThreadControl& control, StopSource* stop) noexcept
        : control_{&control}, id_{kernel::id_of(control)}, stop_{stop}
    {
    }

    [[nodiscard]] bool can_stop() const noexcept { return control_ != nullptr && stop_ != nullptr; }

    static void discard_result(void* result) noexcept
    {
        if constexpr (!std::is_void_v<T>) {
            if (result != nullptr) {
                std::destroy_at(static_cast<T*>(result));
            }
        }
    }

    Result<T> finish_join(kernel::Deadline deadline) noexcept
    {
        if (control_ == nullptr) {
            return Error::no_thread;
        }
        const Result<void*> joined = kernel::join_thread(*control_, id_, deadline);
        if (!joined) {
            return joined.error();
        }
        struct Release {
            kernel::ThreadControl& control;
            ~Release() { kernel::release_thread(control); }
        } const release{*std::exchange(control_, nullptr)};
        void* const result = *joined;
        if (result == nullptr) {
            return Error::no_result;
        }
        if constexpr (std::is_void_v<T>) {
            return {};
        } else {
            Result<T> taken{std::move(*static_cast<T*>(result))};
            discard_result(result);
            return taken;
        }
    }

    kernel::ThreadControl* control_ = nullptr;
    ThreadId id_;
    StopSource* stop_ = nullptr;  // on the thread's stack
};

/// The calling thread.
[[nodiscard]] Thread current_thread() noexcept;

namespace kernel {
void yield() noexcept;
}

/// Lets ready threads of the caller's priority run first; returns at once when there are none.
/// With SCHED_EDF, the job of a thread with a deadline is done: returns when its next period has begun. With SCHED_FAIR the caller's
/// slice ends: returns when nobody is ready that has had less.
inline void yield_now() noexcept
{
    kernel::yield();
}

namespace this_thread {

/// The calling thread.
[[nodiscard]] inline Thread current() noexcept
{
    return current_thread();
}

[[nodiscard]] inline ThreadId get_id() noexcept
{
    return current_thread().id();
}

inline void yield() noexcept
{
    yield_now();
}

/// Ends the calling thread; its join returns Error::no_result. Objects on its stack are not destroyed.
[[noreturn]] void exit() noexcept;

}  // namespace this_thread

namespace kernel {
void sleep(Deadline deadline) noexcept;
}  // namespace kernel

namespace this_thread {

/// Blocks for at least `duration`, and no longer than the timer's resolution and more urgent threads make it. Zero
/// and less return at once.
template <class Rep, class Period>
void sleep_for(std::chrono::duration<Rep, Period> duration) noexcept
{
    kernel::sleep(kernel::Deadline::after(duration));
}

/// Blocks until `time`. Does not drift when it is a multiple of a period.
template <class Duration>
void sleep_until(std::chrono::time_point<Clock, Duration> time) noexcept
{
    kernel::sleep(kernel::Deadline::at(time));
}

}  // namespace this_thread

namespace this_cpu {

/// The CPU that executes the call. It may be another one by the time the value is used.
[[nodiscard]] CpuId id() noexcept;

}  // namespace this_cpu

}  // namespace pegplan
