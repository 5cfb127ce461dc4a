// The readers-writer lock as the oracle sees it. Whether waiting writers go first is RWLOCK_PREFERENCE of the menu.
#pragma once

#include "model.hpp"

#include <pegplan/config/sync.hpp>

namespace fuzz {

class ReadersWriterLock {
public:
    explicit ReadersWriterLock(Model& model) noexcept : model_{model} {}

    /// Plays the step; false if it is about something else.
    bool take(int self, const Step& step) noexcept
    {
        switch (step.action) {
        case Action::lock_rw: write(self, step.amount); return true;
        case Action::try_lock_rw: write(self, 0); return true;
        case Action::lock_rw_until: write(self, model_.limit_until(step)); return true;
        case Action::lock_shared: read(self, step.amount); return true;
        case Action::try_lock_shared: read(self, 0); return true;
        case Action::lock_shared_until: read(self, model_.limit_until(step)); return true;
        case Action::unlock_rw:
            if (holds(self)) {
                leave(model_.at(self));
            } else {
                model_.report(self, Outcome::skipped);
            }
            return true;
        case Action::ask_readers:
            model_.report(self, Outcome::done, count(Hold::writing) > 0 ? -1 : count(Hold::reading));
            return true;
        default: return false;
        }
    }

    void leave(Model::Thread& thread) noexcept
    {
        thread.rw_hold = Hold::none;
        admit();
    }

    /// Lets in whoever may enter now: one has left, or waits no more.
    void admit() noexcept
    {
        if (count(Hold::writing) > 0) {
            return;
        }
        if (readers_may_enter()) {
            while (Model::Thread* const reader = model_.first_waiter(WaitFor::reading, 0)) {
                enter(*reader, Hold::reading);
            }
        }
        Model::Thread* const writer = model_.first_waiter(WaitFor::writing, 0);
        if (writer != nullptr && count(Hold::reading) == 0) {
            enter(*writer, Hold::writing);
        }
    }

private:
    [[nodiscard]] bool holds(int self) const noexcept { return model_.at(self).rw_hold != Hold::none; }

    [[nodiscard]] int count(Hold how) const noexcept
    {
        return static_cast<int>(std::ranges::count(model_.threads, how, &Model::Thread::rw_hold));
    }

    [[nodiscard]] bool readers_may_enter() const noexcept
    {
        const bool behind_writer =
            pegplan::config::rwlock_writers_first && model_.count_waiters(WaitFor::writing, 0) > 0;
        return count(Hold::writing) == 0 && !behind_writer;
    }

    void enter(Model::Thread& thread, Hold how) noexcept
    {
        model_.wake(thread);
        thread.rw_hold = how;
    }

    void write(int self, std::int64_t limit) noexcept
    {
        if (holds(self)) {
            model_.report(self, Outcome::skipped);
        } else if (count(Hold::reading) + count(Hold::writing) == 0) {
            model_.at(self).rw_hold = Hold::writing;
        } else {
            model_.wait_unless_over(self, limit, {WaitFor::writing});
        }
    }

    void read(int self, std::int64_t limit) noexcept
    {
        if (holds(self)) {
            model_.report(self, Outcome::skipped);
        } else if (readers_may_enter()) {
            model_.at(self).rw_hold = Hold::reading;
        } else {
            model_.wait_unless_over(self, limit, {WaitFor::reading});
        }
    }

    Model& model_;
};

}  // namespace fuzz
