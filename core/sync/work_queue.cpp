// Work queues.
#include <pegplan/work_queue.hpp>

#include "core/sched/section.hpp"

namespace pegplan {

WorkQueue::~WorkQueue()
{
    stop();
    kernel::invariant(pending_.empty(), "a work queue was destroyed while there was work in it");
}

Result<void> WorkQueue::start(const WorkQueueOptions& options) noexcept
{
    if (thread_.joinable()) {
        return Error::already_started;
    }
    ThreadBuilder builder;
    builder.name(options.name).stack_size(options.stack_size);
    if (options.priority) {
        builder.priority(*options.priority);
    }
    stopping_ = false;
    Result<JoinHandle<void>> thread = builder.spawn([this] { run(); });
    if (!thread) {
        return thread.error();
    }
    thread_ = std::move(*thread);
    return {};
}

void WorkQueue::stop() noexcept
{
    if (!thread_.joinable()) {
        return;
    }
    refuse_own_thread();
    {
        kernel::Section section{lock_};
        stopping_ = true;
        if (kernel::Waiter* const worker = worker_.front()) {
            section.wake(*worker);
        }
    }
    static_cast<void>(thread_.join());
}

bool WorkQueue::submit(kernel::WorkCore& work) noexcept
{
    kernel::Section section{lock_};
    if (work.in_ring()) {
        return false;
    }
    pending_.push_back(work);
    if (kernel::Waiter* const worker = worker_.front()) {
        section.wake(*worker);
    }
    return true;
}

bool WorkQueue::cancel(kernel::WorkCore& work) noexcept
{
    kernel::Section section{lock_};
    if (!work.in_ring()) {
        return false;
    }
    pending_.remove(work);
    while (kernel::Waiter* const flusher = flushers_.front()) {
        section.wake(*flusher);
    }
    return true;
}

void WorkQueue::flush(kernel::WorkCore& work) noexcept
{
    refuse_own_thread();
    kernel::Section section{lock_};
    while (work.in_ring() || current_ == &work) {
        kernel::Waiter place{flushers_};
        section.wait(place, kernel::Deadline::never());
    }
}

void WorkQueue::flush_all() noexcept
{
    Work marker{[] {}};
    submit(marker);
    flush(marker);
}

void WorkQueue::refuse_own_thread() const noexcept
{
    kernel::invariant(thread_.thread() != current_thread(), "a work queue's own thread waits for its work to be done");
}

/// What its thread does.
void WorkQueue::run() noexcept
{
    for (;;) {
        {
            kernel::Section section{lock_};
            current_ = nullptr;
            while (kernel::Waiter* const flusher = flushers_.front()) {
                section.wake(*flusher);
            }
            while (pending_.empty()) {
                if (stopping_) {
                    return;
                }
                kernel::Waiter place{worker_};
                section.wait(place, kernel::Deadline::never());
            }
            current_ = pending_.pop_front();
        }
        current_->call(*current_);
    }
}

}  // namespace pegplan
