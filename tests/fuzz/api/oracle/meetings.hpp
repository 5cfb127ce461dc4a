// The latch, the barrier and requests to stop as the oracle sees them: what lets all go on at once.
#pragma once

#include "model.hpp"

namespace fuzz {

class Meetings {
public:
    explicit Meetings(Model& model) noexcept : model_{model} {}

    /// Plays the step; false if it is about something else.
    bool take(int self, const Step& step) noexcept
    {
        switch (step.action) {
        case Action::count_down: count_down(self, step.units()); return true;
        case Action::wait_latch: wait_latch(self, step.amount); return true;
        case Action::try_latch: wait_latch(self, 0); return true;
        case Action::wait_latch_until: wait_latch(self, model_.limit_until(step)); return true;
        case Action::arrive: arrive(self, step.amount); return true;
        case Action::arrive_until: arrive(self, model_.limit_until(step)); return true;
        case Action::drop_from_barrier: drop(self); return true;
        case Action::request_stop: request_stop(self, step.target); return true;
        case Action::ask_stop: model_.report(self, Outcome::done, stop_requested_[Model::index(step.target)]); return true;
        case Action::sleep_or_stop: sleep_or_stop(self, step.target, step.amount); return true;
        case Action::sleep_or_stop_until: sleep_or_stop(self, step.target, model_.limit_until(step)); return true;
        default: return false;
        }
    }

private:
    void count_down(int self, int by) noexcept
    {
        if (by > latch_left_) {
            model_.report(self, Outcome::skipped);
            return;
        }
        latch_left_ -= by;
        if (latch_left_ == 0) {
            model_.wake_all(WaitFor::latch);
        }
    }

    void wait_latch(int self, std::int64_t limit) noexcept
    {
        if (latch_left_ > 0) {
            model_.wait_unless_over(self, limit, {WaitFor::latch});
        }
    }

    /// Those who have arrived are those who wait.
    void arrive(int self, std::int64_t limit) noexcept
    {
        if (model_.count_waiters(WaitFor::barrier, 0) + 1 == group_) {
            model_.wake_all(WaitFor::barrier);
        } else {
            model_.wait_unless_over(self, limit, {WaitFor::barrier});
        }
    }

    void drop(int self) noexcept
    {
        if (group_ == 1) {
            model_.report(self, Outcome::skipped);
            return;
        }
        --group_;
        if (model_.count_waiters(WaitFor::barrier, 0) == group_) {
            model_.wake_all(WaitFor::barrier);
        }
    }

    void request_stop(int self, int source) noexcept
    {
        bool& requested = stop_requested_[Model::index(source)];
        model_.report(self, Outcome::done, !requested);
        requested = true;
        while (Model::Thread* const thread = model_.first_waiter(WaitFor::stop, source)) {
            model_.wake(*thread);
        }
    }

    void sleep_or_stop(int self, int source, std::int64_t limit) noexcept
    {
        if (!stop_requested_[Model::index(source)]) {
            model_.wait_unless_over(self, limit, {WaitFor::stop, source});
        }
    }

    Model& model_;
    int latch_left_ = latch_begin;
    int group_ = barrier_group;
    std::array<bool, stop_source_count> stop_requested_{};
};

}  // namespace fuzz
