// Event flags as the oracle sees them.
#pragma once

#include "model.hpp"

namespace fuzz {

class Flags {
public:
    explicit Flags(Model& model) noexcept : model_{model} {}

    /// Plays the step; false if it is about something else.
    bool take(int self, const Step& step) noexcept
    {
        switch (step.action) {
        case Action::wait_any_flag: wait(self, step, false, step.amount); return true;
        case Action::try_any_flag: wait(self, step, false, 0); return true;
        case Action::wait_any_flag_until: wait(self, step, false, model_.limit_until(step)); return true;
        case Action::wait_all_flags: wait(self, step, true, step.amount); return true;
        case Action::try_all_flags: wait(self, step, true, 0); return true;
        case Action::wait_all_flags_until: wait(self, step, true, model_.limit_until(step)); return true;
        case Action::set_flags: model_.report(self, Outcome::done, static_cast<int>(set(step.flags()))); return true;
        case Action::clear_flags:
            model_.report(self, Outcome::done, static_cast<int>(flags_));
            flags_ &= ~step.flags();
            return true;
        default: return false;
        }
    }

    /// Whether the wait is over before it begins; `seen` gets the flags.
    bool take_flags(const Place& place, unsigned& seen) noexcept
    {
        if (!holds(place, flags_)) {
            return false;
        }
        seen = flags_;
        flags_ &= place.clears ? ~place.flags : ~0U;
        return true;
    }

    /// All whose condition holds now go on, whatever each of them clears.
    unsigned set(unsigned flags) noexcept
    {
        flags_ |= flags;
        const unsigned seen = flags_;
        const auto goes_on = [seen](const Place& place) { return holds(place, seen); };
        while (Model::Thread* const thread = model_.first_waiter(WaitFor::flags, 0, goes_on)) {
            const Place& place = *thread->place(WaitFor::flags, 0, goes_on);
            flags_ &= place.clears ? ~place.flags : ~0U;
            model_.wake_at(*thread, place, static_cast<int>(seen));
        }
        return seen;
    }

private:
    static bool holds(const Place& place, unsigned flags) noexcept
    {
        return place.all ? (flags & place.flags) == place.flags : (flags & place.flags) != 0;
    }

    void wait(int self, const Step& step, bool all, std::int64_t limit) noexcept
    {
        const Place place{.what = WaitFor::flags, .flags = step.flags(), .all = all, .clears = step.clears()};
        unsigned seen = 0;
        if (take_flags(place, seen)) {
            model_.report(self, Outcome::done, static_cast<int>(seen));
        } else {
            model_.wait_unless_over(self, limit, place);
        }
    }

    Model& model_;
    unsigned flags_ = 0;
};

}  // namespace fuzz
