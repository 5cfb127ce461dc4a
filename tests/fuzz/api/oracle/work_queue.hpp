// The work queue, its thread, and the delayed work as the oracle sees them.
#pragma once

#include "flags.hpp"
#include "model.hpp"
#include "mutexes.hpp"
#include "semaphores.hpp"

#include <utility>

namespace fuzz {

class WorkQueue {
public:
    WorkQueue(Model& model, Mutexes& mutexes, Semaphores& semaphores, Flags& flags) noexcept
        : model_{model}, mutexes_{mutexes}, semaphores_{semaphores}, flags_{flags}
    {
    }

    /// Plays the step; false if it is about something else.
    bool take(int self, const Step& step) noexcept
    {
        const int work = step.target % work_count;
        const auto report = [&](bool value) { model_.report(self, Outcome::done, value); };
        switch (step.action) {
        case Action::start_queue: start(self); return true;
        case Action::stop_queue: stop(self); return true;
        case Action::submit_work: report(submit(work)); return true;
        case Action::cancel_work: report(cancel(work)); return true;
        case Action::flush_work: flush(self, work); return true;
        case Action::flush_all_work: flush_all(self); return true;
        case Action::ask_work: report(is_pending(work)); return true;
        case Action::submit_delayed: submit_delayed(); return true;
        case Action::submit_after: start_delay(model_.now() + step.amount); return true;
        case Action::submit_at: start_delay(step.time()); return true;
        case Action::cancel_delayed: report(cancel_delayed()); return true;
        case Action::cancel_delayed_and_wait: cancel_delayed_and_wait(self); return true;
        case Action::flush_delayed: flush_delayed(self); return true;
        case Action::ask_delayed: report(delay_runs() || is_pending(delayed_work)); return true;
        default: return false;
        }
    }

    /// The delay is over.
    void expire() noexcept { submit(delayed_work); }

    /// Its thread runs.
    void proceed() noexcept
    {
        Model::Thread& thread = model_.at(work_thread);
        switch (phase_) {
        case Phase::look:
            current_ = Model::nobody;
            model_.wake_all(WaitFor::flush);
            phase_ = Phase::wait;
            [[fallthrough]];
        case Phase::wait: take_next(thread); break;
        case Phase::work: do_work(thread); break;
        case Phase::behind_sleep:
            flags_.set(flags_of_work);
            phase_ = Phase::look;
            break;
        }
    }

    /// A thread in the middle of such a step runs. Whether the step is over.
    bool go_on(Model::Thread& thread) noexcept
    {
        switch (thread.next) {
        case Next::join:
            if (!model_.at(work_thread).finished) {
                model_.wait(thread, Model::never, {WaitFor::end_of_thread, work_thread});
                thread.next = Next::joined;
                return false;
            }
            [[fallthrough]];
        case Next::joined:
            model_.at(work_thread).alive = false;
            changes_ = false;
            break;
        case Next::started:
            changes_ = false;
            runs_ = true;
            break;
        case Next::flush:
            if (is_busy_with(thread)) {
                return false;
            }
            --flushing_;
            break;
        case Next::flush_at_last:
            if (is_busy_with(thread)) {
                return false;
            }
            --stoppers_;
            break;
        default: break;
        }
        thread.next = Next::nothing;
        return true;
    }

private:
    enum class Phase : std::uint8_t { look, wait, work, behind_sleep };

    /// Behind the works come those by which threads flush all: one for each worker.
    static constexpr int first_marker = delayed_work + 1;
    static constexpr std::size_t most_pending = first_marker + worker_count;

    void start(int self) noexcept
    {
        if (changes_) {
            model_.report(self, Outcome::skipped);
        } else if (runs_) {
            model_.refuse(self, pegplan::Error::already_started);
        } else {
            changes_ = true;
            model_.release_finished();
            Model::Thread& thread = model_.at(work_thread);
            thread = Model::Thread{};
            thread.alive = true;
            thread.base_priority = work_priority;
            thread.priority = work_priority;
            model_.to_back(thread);
            phase_ = Phase::look;
            stopping_ = false;
            model_.at(self).next = Next::started;
        }
    }

    void stop(int self) noexcept
    {
        if (changes_ || flushing_ > 0) {
            model_.report(self, Outcome::skipped);
            return;
        }
        if (std::exchange(runs_, false)) {
            changes_ = true;
            stopping_ = true;
            wake_worker();
            model_.at(self).next = Next::join;
        }
    }

    void wake_worker() noexcept
    {
        if (Model::Thread* const worker = model_.first_waiter(WaitFor::work, 0)) {
            model_.wake(*worker);
        }
    }

    [[nodiscard]] bool is_pending(int work) const noexcept
    {
        return std::find(pending_.begin(), pending_.begin() + count_, work) != pending_.begin() + count_;
    }

    bool submit(int work) noexcept
    {
        if (is_pending(work)) {
            return false;
        }
        pending_[Model::index(count_++)] = work;
        wake_worker();
        return true;
    }

    bool cancel(int work) noexcept
    {
        if (!is_pending(work)) {
            return false;
        }
        remove(work);
        model_.wake_all(WaitFor::flush);
        return true;
    }

    void remove(int work) noexcept
    {
        std::remove(pending_.begin(), pending_.begin() + count_, work);
        --count_;
    }

    /// The queue's thread takes what is next, waits for it, or ends.
    void take_next(Model::Thread& thread) noexcept
    {
        if (count_ > 0) {
            current_ = pending_.front();
            remove(current_);
            phase_ = Phase::work;
        } else if (!stopping_) {
            model_.wait(thread, Model::never, {WaitFor::work});
        } else {
            thread.finished = true;
            model_.wake_all(WaitFor::end_of_thread, work_thread);
        }
    }

    void do_work(Model::Thread& thread) noexcept
    {
        phase_ = Phase::look;
        switch (static_cast<Job>(current_)) {
        case Job::release: semaphores_.release(0, 1); break;
        case Job::sleep_and_set_flags:
            model_.sleep(thread, sleep_of_work);
            phase_ = Phase::behind_sleep;
            break;
        case Job::notify_all: mutexes_.notify_all(condition_of_work); break;
        default: break;  // a marker, which does nothing
        }
    }

    void flush(int self, int work) noexcept
    {
        if (!runs_) {
            model_.report(self, Outcome::skipped);
            return;
        }
        ++flushing_;
        model_.at(self).next = Next::flush;
        model_.at(self).sequel = work;
    }

    void flush_all(int self) noexcept
    {
        if (runs_) {
            submit(first_marker + self);
        }
        flush(self, first_marker + self);
    }

    void flush_delayed(int self) noexcept
    {
        if (runs_ && stop_delay()) {
            submit(delayed_work);
        }
        flush(self, delayed_work);
    }

    /// Whether what the thread waits for is still to be done, or being done; then it goes on waiting.
    bool is_busy_with(Model::Thread& thread) noexcept
    {
        const bool busy = is_pending(thread.sequel) || current_ == thread.sequel;
        if (busy) {
            model_.wait(thread, Model::never, {WaitFor::flush});
        }
        return busy;
    }

    [[nodiscard]] bool delay_runs() const noexcept { return model_.timers[Model::delay_timer].deadline != Model::never; }

    void start_delay(std::int64_t deadline) noexcept
    {
        if (stoppers_ == 0) {
            model_.start_timer(model_.timers[Model::delay_timer], deadline, 0);
        }
    }

    bool stop_delay() noexcept
    {
        return std::exchange(model_.timers[Model::delay_timer].deadline, Model::never) != Model::never;
    }

    void submit_delayed() noexcept
    {
        stop_delay();
        if (stoppers_ == 0) {
            submit(delayed_work);
        }
    }

    bool cancel_delayed() noexcept
    {
        const bool was_waiting = stop_delay();
        return cancel(delayed_work) || was_waiting;
    }

    void cancel_delayed_and_wait(int self) noexcept
    {
        ++stoppers_;
        model_.report(self, Outcome::done, cancel_delayed());
        model_.at(self).next = Next::flush_at_last;
        model_.at(self).sequel = delayed_work;
    }

    Model& model_;
    Mutexes& mutexes_;
    Semaphores& semaphores_;
    Flags& flags_;
    std::array<int, most_pending> pending_{};  ///< the next one first
    int count_ = 0;
    int current_ = Model::nobody;
    Phase phase_ = Phase::look;
    bool stopping_ = false;
    bool changes_ = false;  ///< somebody starts or stops it
    bool runs_ = false;
    int flushing_ = 0;
    int stoppers_ = 0;      ///< threads in cancel_delayed_and_wait
};

}  // namespace fuzz
