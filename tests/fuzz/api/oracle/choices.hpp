// wait_any as the oracle sees it.
#pragma once

#include "flags.hpp"
#include "model.hpp"
#include "queues.hpp"
#include "semaphores.hpp"

#include <span>

namespace fuzz {

class Choices {
public:
    Choices(Model& model, Semaphores& semaphores, Queues& queues, Flags& flags) noexcept
        : model_{model}, semaphores_{semaphores}, queues_{queues}, flags_{flags}
    {
    }

    /// Plays the step; false if it is about something else.
    bool take(int self, const Step& step) noexcept
    {
        switch (step.action) {
        case Action::wait_any: wait_any(self, step.choice(), step.amount); return true;
        case Action::try_any: wait_any(self, step.choice(), 0); return true;
        case Action::wait_any_until: wait_any(self, step.choice(), model_.limit_until(step)); return true;
        case Action::wait_any_again: wait_any(self, step.second_choice(), step.amount); return true;
        case Action::try_any_again: wait_any(self, step.second_choice(), 0); return true;
        default: return false;
        }
    }

private:
    /// Takes the first that is there, else waits for all of them.
    void wait_any(int self, const Choice& choice, std::int64_t limit) noexcept
    {
        int message = message_of(self, model_.at(self).report.step);
        unsigned seen = 0;
        const std::array<Place, 3> places{
            Place{WaitFor::semaphore, choice.semaphore},
            Place{.what = choice.sends ? WaitFor::room : WaitFor::message, .object = choice.queue, .message = message},
            Place{.what = WaitFor::flags, .flags = choice.flags, .clears = choice.clears}};
        if (semaphores_.take_unit(choice.semaphore)) {
            model_.report(self, Outcome::done, choice_made(0, 0));
        } else if (choice.sends && queues_.send_now(choice.queue, message, false)) {
            model_.report(self, Outcome::done, choice_made(1, 0));
        } else if (!choice.sends && queues_.receive_now(choice.queue, message)) {
            model_.report(self, Outcome::done, choice_made(1, message));
        } else if (flags_.take_flags(places[2], seen)) {
            model_.report(self, Outcome::done, choice_made(2, 0));
        } else {
            wait_at(self, limit, places);
        }
    }

    void wait_any(int self, const SecondChoice& choice, std::int64_t limit) noexcept
    {
        unsigned seen = 0;
        const std::array<Place, 4> places{
            Place{WaitFor::semaphore, choice.semaphore}, Place{WaitFor::semaphore, choice.semaphore},
            Place{.what = WaitFor::flags, .flags = choice.any},
            Place{.what = WaitFor::flags, .flags = choice.all, .all = true, .clears = choice.clears}};
        if (semaphores_.take_unit(choice.semaphore)) {
            model_.report(self, Outcome::done, choice_made(0, 0));
        } else if (flags_.take_flags(places[2], seen)) {
            model_.report(self, Outcome::done, choice_made(2, 0));
        } else if (flags_.take_flags(places[3], seen)) {
            model_.report(self, Outcome::done, choice_made(3, 0));
        } else {
            wait_at(self, limit, places);
        }
    }

    void wait_at(int self, std::int64_t limit, std::span<const Place> places) noexcept
    {
        if (model_.wait_unless_over(self, limit, places[0])) {
            std::ranges::copy(places, model_.at(self).places.begin());
            model_.at(self).place_count = places.size();
        }
    }

    Model& model_;
    Semaphores& semaphores_;
    Queues& queues_;
    Flags& flags_;
};

}  // namespace fuzz
