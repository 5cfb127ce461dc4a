// Work queues: functions that a thread of the queue calls, one after the other, for those who have no time.
//
//     WorkQueue background;
//     background.start({.name = "background", .priority = Priority{4}});
//
//     Work flush{[] { file.flush(); }};
//     background.submit(flush);                     // also from an interrupt handler
//
//     DelayedWork retry{background, [] { connect(); }};      // <pegplan/delayed_work.hpp>
//     retry.submit_after(5s);
//     retry.cancel();
#pragma once

#include <pegplan/result.hpp>
#include <pegplan/thread.hpp>
#include <pegplan/types.hpp>

#include <concepts>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include "core/sync/wait_queue.hpp"

namespace pegplan {

class WorkQueue;

namespace kernel {

/// A piece of work without its function.
/// `queue` is the one in which it is to be done or being done, or null.
struct WorkCore : RingLink<WorkCore> {
    using Call = void (*)(WorkCore& self) noexcept;

    constexpr explicit WorkCore(Call how) noexcept : RingLink<WorkCore>{nullptr, nullptr}, call{how} {}

    Call call;
    WorkQueue* queue = nullptr;
};

}  // namespace kernel

struct WorkQueueOptions {
    std::string_view name = "work";
    std::optional<Priority> priority = std::nullopt;  ///< default: that of the thread that starts it
    std::size_t stack_size = config::stack_size_default;
};

/// Work is done in the order of submission, by one thread. Destroyed by threads; the destructor stops it.
class WorkQueue {
public:
    constexpr WorkQueue() noexcept = default;
    ~WorkQueue();
    WorkQueue(const WorkQueue&) = delete;
    WorkQueue& operator=(const WorkQueue&) = delete;

    /// Spawns its thread. Work may have been submitted before. Errors: already_started; those of ThreadBuilder::spawn. From threads.
    Result<void> start(const WorkQueueOptions& options = {}) noexcept;

    /// Returns when all work that is in it has been done, and its thread has ended. What is submitted later stays until it
    /// is started again. No effect if it is not started. From threads, not from its own, which panics.
    void stop() noexcept;

    /// Appends `work`; returns false, and changes nothing, if it is in the queue already. If it is in another queue, panics.
    /// Work that is being done may be submitted again, to the same queue. From threads and ISRs; never blocks.
    bool submit(kernel::WorkCore& work) noexcept;

    /// Takes `work` out if it is still to be done; returns whether. From threads and ISRs; never blocks.
    bool cancel(kernel::WorkCore& work) noexcept;

    /// Returns when `work` is neither to be done nor being done. From threads, not from its own, which panics.
    void flush(kernel::WorkCore& work) noexcept;

    /// Returns when all work that was submitted before has been done. From threads, not from its own, which panics.
    void flush_all() noexcept;

    /// Whether `work` is still to be done. From anywhere.
    [[nodiscard]] static bool is_pending(const kernel::WorkCore& work) noexcept { return work.in_ring(); }

private:
    void run() noexcept;
    void refuse_own_thread() const noexcept;
    void refuse_work_of_others(const kernel::WorkCore& work) const noexcept;

    kernel::Ring<kernel::WorkCore> pending_{};
    kernel::WorkCore* current_ = nullptr;  ///< what is being done
    bool stopping_ = false;
    JoinHandle<void> thread_{};
    Thread runner_{};  ///< the same; known as soon as it runs, and as long
    kernel::WaitQueue worker_{};    ///< its thread, when there is nothing to do
    kernel::WaitQueue flushers_{};  ///< those who wait for something to be done
    [[no_unique_address]] kernel::WaitLock lock_{};
};

/// A piece of work: `function()`, called by the thread of the queue to which it is submitted. It must not be destroyed while it
/// is to be done or being done: panics.
template <std::invocable F>
class Work : public kernel::WorkCore {
public:
    constexpr explicit Work(F function) noexcept
        : kernel::WorkCore{[](kernel::WorkCore& self) noexcept { static_cast<Work&>(self).function_(); }},
          function_(std::move(function))
    {
    }
    ~Work()
    {
        kernel::invariant(!in_ring(), "work was destroyed while it was to be done");
        kernel::invariant(queue == nullptr, "work was destroyed while it was being done");
    }
    Work(const Work&) = delete;
    Work& operator=(const Work&) = delete;

private:
    F function_;
};

namespace kernel {

/// The queue of the timer thread; with TIMER_CALLBACKS_IN_THREAD only.
WorkQueue& timer_work_queue() noexcept;

}  // namespace kernel

}  // namespace pegplan
