// Plays the steps that are about a work queue on the kernel.
#pragma once

#include "answer.hpp"

#include <pegplan/pegplan.hpp>

#include <array>
#include <chrono>
#include <utility>

namespace fuzz {

/// `Do`: called with the job that is due, in the queue's thread.
template <class Do>
class KernelWork {
public:
    explicit KernelWork(Do how) noexcept
        : works_{pegplan::Work<Run>{Run{how, Job::release}}, pegplan::Work<Run>{Run{how, Job::sleep_and_set_flags}}},
          delayed_{queue_, Run{how, Job::notify_all}}
    {
    }

    Answer take(const Step& step, std::chrono::milliseconds limit, pegplan::Clock::time_point moment) noexcept
    {
        pegplan::Work<Run>& work = works_[index(step.target) % works_.size()];
        switch (step.action) {
        case Action::start_queue: return start();
        case Action::stop_queue: return stop();
        case Action::submit_work: return answered(queue_.submit(work));
        case Action::cancel_work: return answered(queue_.cancel(work));
        case Action::flush_work: return flush([&] { queue_.flush(work); });
        case Action::flush_all_work: return flush([&] { queue_.flush_all(); });
        case Action::ask_work: return answered(pegplan::WorkQueue::is_pending(work));
        case Action::submit_delayed: delayed_.submit(); return done;
        case Action::submit_after: delayed_.submit_after(limit); return done;
        case Action::submit_at: delayed_.submit_at(moment); return done;
        case Action::cancel_delayed: return answered(delayed_.cancel());
        case Action::cancel_delayed_and_wait: return answered(delayed_.cancel_and_wait());
        case Action::flush_delayed: return flush([&] { delayed_.flush(); });
        case Action::ask_delayed: return answered(delayed_.is_pending());
        default: return skipped;
        }
    }

    /// All workers have ended: nothing is to be done any more.
    void finish() noexcept
    {
        delayed_.cancel_and_wait();
        for (pegplan::Work<Run>& work : works_) {
            queue_.cancel(work);
        }
        queue_.stop();
    }

private:
    struct Run {
        Do how;
        Job job;
        void operator()() const noexcept { how(job); }
    };

    Answer start() noexcept
    {
        if (changes_) {
            return skipped;
        }
        changes_ = true;
        const pegplan::Result<void> result =
            queue_.start({.name = "work", .priority = pegplan::Priority{work_priority}, .stack_size = stack_size});
        changes_ = false;
        runs_ = true;
        return said(result);
    }

    Answer stop() noexcept
    {
        if (changes_ || flushing_ > 0) {
            return skipped;
        }
        changes_ = true;
        runs_ = false;
        queue_.stop();
        changes_ = false;
        return done;
    }

    /// If nobody does what is in the queue, a flush would wait for ever.
    template <class Flush>
    Answer flush(const Flush& how) noexcept
    {
        if (!runs_) {
            return skipped;
        }
        ++flushing_;
        how();
        --flushing_;
        return done;
    }

    static constexpr std::size_t stack_size = 8192;

    pegplan::WorkQueue queue_;
    std::array<pegplan::Work<Run>, work_count> works_;
    pegplan::DelayedWork<Run> delayed_;
    bool changes_ = false;  ///< somebody starts or stops it
    bool runs_ = false;
    int flushing_ = 0;
};

}  // namespace fuzz
