// The latch, the barrier and Once as the oracle sees them: what lets all go on at once.
#pragma once

#include "model.hpp"

#include <utility>

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
        case Action::call_once: call_once(self, step.target, step.amount); return true;
        default: return false;
        }
    }

    /// A thread runs that has taken a step: if that was a function which is called once, it is done now.
    void finish_once(int self) noexcept
    {
        const int once = std::exchange(model_.at(self).runs_once, Model::nobody);
        if (once != Model::nobody) {
            once_states_[Model::index(once)] = OnceState::done;
            model_.wake_all(WaitFor::once, once);
        }
    }

private:
    enum class OnceState : std::uint8_t { idle, running, done };

    /// Reports whether it has called the function.
    void call_once(int self, int once, std::int64_t limit) noexcept
    {
        OnceState& state = once_states_[Model::index(once)];
        Model::Thread& thread = model_.at(self);
        if (state == OnceState::running) {
            model_.wait(thread, Model::never, {WaitFor::once, once});
        } else if (state == OnceState::idle) {
            model_.report(self, Outcome::done, 1);
            state = OnceState::running;
            thread.runs_once = once;
            if (limit > 0) {
                model_.sleep(thread, limit);
            }
        }
    }

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

    Model& model_;
    int latch_left_ = latch_begin;
    int group_ = barrier_group;
    std::array<OnceState, once_count> once_states_{};
};

}  // namespace fuzz
