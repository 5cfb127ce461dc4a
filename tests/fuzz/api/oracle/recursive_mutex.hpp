// A recursive mutex as the oracle sees it. What it does to priorities is in model.hpp.
#pragma once

#include "model.hpp"

#include <utility>

namespace fuzz {

class RecursiveMutex {
public:
    explicit RecursiveMutex(Model& model) noexcept : model_{model} {}

    /// Plays the step; false if it is about something else.
    bool take(int self, const Step& step) noexcept
    {
        Model::Thread& thread = model_.at(self);
        switch (step.action) {
        case Action::lock_recursive: lock(self, step.amount); return true;
        case Action::try_lock_recursive: lock(self, 0); return true;
        case Action::lock_recursive_until: lock(self, model_.limit_until(step)); return true;
        case Action::unlock_recursive:
            if (thread.recursions == 0) {
                model_.report(self, Outcome::skipped);
            } else if (thread.recursions == 1) {
                leave(thread);
                model_.report(self, Outcome::done, 0);
            } else {
                model_.report(self, Outcome::done, --thread.recursions);
            }
            return true;
        default: return false;
        }
    }

    /// However often it has it. False if it has it not.
    bool leave(Model::Thread& thread) noexcept
    {
        if (std::exchange(thread.recursions, 0) == 0) {
            return false;
        }
        if (Model::Thread* const next = model_.first_waiter(WaitFor::recursive, 0)) {
            next->recursions = 1;
            model_.wake_at(*next, *next->place(WaitFor::recursive, 0), 1);
        }
        return true;
    }

private:
    /// Reports how often it has it.
    void lock(int self, std::int64_t limit) noexcept
    {
        Model::Thread& thread = model_.at(self);
        const auto has_it = [](const Model::Thread& other) { return other.recursions > 0; };
        if (thread.recursions > 0 || std::ranges::none_of(model_.threads, has_it)) {
            model_.report(self, Outcome::done, ++thread.recursions);
        } else {
            model_.wait_unless_over(self, limit, {WaitFor::recursive});
        }
    }

    Model& model_;
};

}  // namespace fuzz
