// The calls of timers as the oracle sees them. That they expire is in model.hpp, what they do then in ../oracle.hpp.
#pragma once

#include "model.hpp"

namespace fuzz {

class Timers {
public:
    explicit Timers(Model& model) noexcept : model_{model} {}

    /// Plays the step; false if it is about something else.
    bool take(int self, const Step& step) noexcept
    {
        Model::Timer& timer = model_.timers[Model::index(step.target) % timer_count];
        const bool runs = timer.deadline != Model::never;
        switch (step.action) {
        case Action::start_timer: model_.start_timer(timer, model_.now() + step.amount, 0); return true;
        case Action::start_timer_at: model_.start_timer(timer, step.time(), 0); return true;
        case Action::start_periodic:
            model_.start_timer(timer, model_.now() + step.period(), step.period());
            return true;
        case Action::cancel_timer:
            model_.report(self, Outcome::done, runs);
            timer.deadline = Model::never;
            return true;
        case Action::ask_running: model_.report(self, Outcome::done, runs); return true;
        case Action::ask_remaining:
            if (runs) {
                model_.report(self, Outcome::done, static_cast<int>(timer.deadline - model_.now()));
            } else {
                model_.report(self, Outcome::no_result);
            }
            return true;
        case Action::ask_expirations: model_.report(self, Outcome::done, timer.expirations); return true;
        default: return false;
        }
    }

private:
    Model& model_;
};

}  // namespace fuzz
