// A robust mutex as the oracle sees it. What it does to priorities is in model.hpp.
#pragma once

#include "model.hpp"

namespace fuzz {

class RobustMutex {
public:
    explicit RobustMutex(Model& model) noexcept : model_{model} {}

    /// Plays the step; false if it is about something else.
    bool take(int self, const Step& step) noexcept
    {
        switch (step.action) {
        case Action::lock_robust: lock(self, step.amount); return true;
        case Action::try_lock_robust: lock(self, 0); return true;
        case Action::lock_robust_until: lock(self, model_.limit_until(step)); return true;
        case Action::make_consistent:
            if (model_.at(self).holds_robust) {
                died_ = false;
            } else {
                model_.report(self, Outcome::skipped);
            }
            return true;
        case Action::unlock_robust:
            if (model_.at(self).holds_robust) {
                unlock(model_.at(self));
            } else {
                model_.report(self, Outcome::skipped);
            }
            return true;
        default: return false;
        }
    }

    /// The thread has ended.
    void abandon(Model::Thread& thread) noexcept
    {
        if (thread.holds_robust) {
            died_ = true;
            pass_on(thread);
        }
    }

private:
    /// Reports whether the owner before died.
    void lock(int self, std::int64_t limit) noexcept
    {
        Model::Thread& thread = model_.at(self);
        if (thread.holds_robust) {
            model_.report(self, Outcome::skipped);
        } else if (lost_) {
            model_.refuse(self, pegplan::Error::not_recoverable);
        } else if (std::ranges::none_of(model_.threads, &Model::Thread::holds_robust)) {
            thread.holds_robust = true;
            model_.report(self, Outcome::done, died_);
        } else {
            model_.wait_unless_over(self, limit, {WaitFor::robust});
        }
    }

    void unlock(Model::Thread& thread) noexcept
    {
        if (!died_) {
            pass_on(thread);
            return;
        }
        thread.holds_robust = false;
        lost_ = true;
        while (Model::Thread* const waiter = model_.first_waiter(WaitFor::robust, 0)) {
            model_.wake(*waiter);
            waiter->report.outcome = Outcome::refused;
            waiter->report.value = static_cast<int>(pegplan::Error::not_recoverable);
        }
    }

    void pass_on(Model::Thread& thread) noexcept
    {
        thread.holds_robust = false;
        if (Model::Thread* const next = model_.first_waiter(WaitFor::robust, 0)) {
            next->holds_robust = true;
            model_.wake_at(*next, *next->place(WaitFor::robust, 0), died_);
        }
    }

    Model& model_;
    bool died_ = false;
    bool lost_ = false;  ///< nobody gets it any more
};

}  // namespace fuzz
