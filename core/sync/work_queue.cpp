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
    refuse_own_thread();
    if (!thread_.joinable()) {
        return;
    }
    {
        kernel::Section section{lock_};
        stopping_ = true;
        if (kernel::Waiter* const worker = kernel::claim_front(worker_)) {
            section.wake(*worker);
        }
    }
    static_cast<void>(thread_.join());
}

bool WorkQueue::submit(kernel::WorkCore& work) noexcept
{
    kernel::Section section{lock_};
    refuse_work_of_others(work);
    if (work.in_ring()) {
        return false;
    }
    work.queue = this;
    pending_.push_back(work);
    if (kernel::Waiter* const worker = kernel::claim_front(worker_)) {
        section.wake(*worker);
    }
    return true;
}

bool WorkQueue::cancel(kernel::WorkCore& work) noexcept
{
    kernel::Section section{lock_};
    refuse_work_of_others(work);
    if (!work.in_ring()) {
        return false;
    }
    pending_.remove(work);
    if (current_ != &work) {
        work.queue = nullptr;
    }
    while (kernel::Waiter* const flusher = kernel::claim_front(flushers_)) {
        section.wake(*flusher);
    }
    return true;
}

void WorkQueue::flush(kernel::WorkCore& work) noexcept
{
    refuse_own_thread();
    kernel::Section section{lock_};
    refuse_work_of_others(work);
    while (work.in_ring() || current_ == &work) {
        kernel::Waiter place{flushers_};
        section.wait(place, kernel::Deadline::never());
        section.resume();
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
    const ThreadId id = runner_.id();
    kernel::invariant(!id || id != current_thread().id(), "a work queue's own thread waits for its work to be done");
}

void WorkQueue::refuse_work_of_others(const kernel::WorkCore& work) const noexcept
{
    kernel::invariant(work.queue == nullptr || work.queue == this, "a work queue was given work that is in another one");
}

/// What its thread does.
void WorkQueue::run() noexcept
{
    runner_ = current_thread();
    for (;;) {
        {
            kernel::Section section{lock_};
            if (current_ != nullptr && !current_->in_ring()) {
                current_->queue = nullptr;
            }
            current_ = nullptr;
            while (kernel::Waiter* const flusher = kernel::claim_front(flushers_)) {
                section.wake(*flusher);
            }
            while (pending_.empty()) {
                if (stopping_) {
                    runner_ = Thread{};
                    return;
                }
                kernel::Waiter place{worker_};
                section.wait(place, kernel::Deadline::never());
                section.resume();
            }
            current_ = pending_.pop_front();
        }
        current_->call(*current_);
    }
}

}  // namespace pegplan
