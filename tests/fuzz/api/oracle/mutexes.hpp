// Mutexes and their condition variables as the oracle sees them. What mutexes do to priorities is in model.hpp.
#pragma once

#include "model.hpp"

namespace fuzz {

class Mutexes {
public:
    explicit Mutexes(Model& model) noexcept : model_{model} {}

    /// Plays the step; false if it is about something else.
    bool take(int self, const Step& step) noexcept
    {
        switch (step.action) {
        case Action::lock: lock(self, step.target, step.amount); return true;
        case Action::try_lock: lock(self, step.target, 0); return true;
        case Action::lock_until: lock(self, step.target, model_.limit_until(step)); return true;
        case Action::lock_forever:
            if (may_lock_forever(model_.at(self).holds, step.target)) {
                lock(self, step.target, Model::never);
            } else {
                model_.report(self, Outcome::skipped);
            }
            return true;
        case Action::unlock:
            if (model_.at(self).holds[Model::index(step.target)]) {
                unlock(model_.at(self), step.target);
            } else {
                model_.report(self, Outcome::skipped);
            }
            return true;
        case Action::wait_condition: wait(self, step.target, step.amount); return true;
        case Action::wait_condition_until: wait(self, step.target, model_.limit_until(step)); return true;
        case Action::notify_one: notify(step.target); return true;
        case Action::notify_all: notify_all(step.target); return true;
        default: return false;
        }
    }

    /// A thread runs whose wait for a condition is over. Whether it has its mutex again; if not, it waits for it.
    bool has_relocked(int self) noexcept
    {
        Model::Thread& thread = model_.at(self);
        const int mutex = thread.relocks;
        if (mutex == Model::nobody) {
            return true;
        }
        thread.relocks = Model::nobody;
        if (!is_held(mutex)) {
            thread.holds[Model::index(mutex)] = true;
            return true;
        }
        model_.wait(thread, Model::never, {WaitFor::mutex, mutex});
        return false;
    }

    void unlock(Model::Thread& thread, int mutex) noexcept
    {
        thread.holds[Model::index(mutex)] = false;
        if (Model::Thread* const next = model_.first_waiter(WaitFor::mutex, mutex)) {
            next->holds[Model::index(mutex)] = true;
            model_.wake(*next);
        }
    }

    void notify_all(int mutex) noexcept
    {
        while (notify(mutex)) {
        }
    }

private:
    void lock(int self, int mutex, std::int64_t limit) noexcept
    {
        if (model_.at(self).holds[Model::index(mutex)]) {
            model_.report(self, Outcome::skipped);
        } else if (!is_held(mutex)) {
            model_.at(self).holds[Model::index(mutex)] = true;
        } else {
            model_.wait_unless_over(self, limit, {WaitFor::mutex, mutex});
        }
    }

    bool is_held(int mutex) const noexcept
    {
        for (const Model::Thread& thread : model_.threads) {
            if (thread.holds[Model::index(mutex)]) {
                return true;
            }
        }
        return false;
    }

    void wait(int self, int mutex, std::int64_t limit) noexcept
    {
        Model::Thread& thread = model_.at(self);
        if (!may_wait_for_condition(thread.holds, mutex)) {
            model_.report(self, Outcome::skipped);
        } else if (model_.wait_unless_over(self, limit, {WaitFor::condition, mutex})) {
            thread.relocks = mutex;
            unlock(thread, mutex);
        }
    }

    /// False if nobody waits.
    bool notify(int mutex) noexcept
    {
        Model::Thread* const thread = model_.first_waiter(WaitFor::condition, mutex);
        if (thread != nullptr) {
            model_.wake(*thread);
        }
        return thread != nullptr;
    }

    Model& model_;
};

}  // namespace fuzz
