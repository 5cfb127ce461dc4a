// Semaphores as the oracle sees them.
#pragma once

#include "model.hpp"

namespace fuzz {

class Semaphores {
public:
    explicit Semaphores(Model& model) noexcept : model_{model} {}

    /// Plays the step; false if it is about something else.
    bool take(int self, const Step& step) noexcept
    {
        switch (step.action) {
        case Action::acquire: acquire(self, step.target, step.amount); return true;
        case Action::try_acquire: acquire(self, step.target, 0); return true;
        case Action::acquire_until: acquire(self, step.target, model_.limit_until(step)); return true;
        case Action::release:
            if (!release(step.target, step.units())) {
                model_.refuse(self, pegplan::Error::overflow);
            }
            return true;
        case Action::ask_units: model_.report(self, Outcome::done, units(step.target)); return true;
        default: return false;
        }
    }

    bool take_unit(int semaphore) noexcept
    {
        int& there = units_[Model::index(semaphore)];
        if (there == 0) {
            return false;
        }
        --there;
        return true;
    }

    /// Gives units to those who wait, the rest to whoever comes; or none if that rest is too much.
    bool release(int semaphore, int count) noexcept
    {
        const int left = std::max(0, count - model_.count_waiters(WaitFor::semaphore, semaphore));
        if (units(semaphore) + left > most_units[Model::index(semaphore)]) {
            return false;
        }
        for (int given = left; given < count; ++given) {
            Model::Thread& thread = *model_.first_waiter(WaitFor::semaphore, semaphore);
            model_.wake_at(thread, *thread.place(WaitFor::semaphore, semaphore), 0);
        }
        units_[Model::index(semaphore)] += left;
        return true;
    }

private:
    int units(int semaphore) const noexcept { return units_[Model::index(semaphore)]; }

    void acquire(int self, int semaphore, std::int64_t limit) noexcept
    {
        if (!take_unit(semaphore)) {
            model_.wait_unless_over(self, limit, {WaitFor::semaphore, semaphore});
        }
    }

    Model& model_;
    std::array<int, semaphore_count> units_ = first_units;
};

}  // namespace fuzz
