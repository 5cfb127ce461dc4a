// Requests to stop as the oracle sees them: who waits for one goes on, and callbacks are called, one after the other.
#pragma once

#include "flags.hpp"
#include "model.hpp"

namespace fuzz {

class Callbacks {
public:
    Callbacks(Model& model, Flags& flags) noexcept : model_{model}, flags_{flags} {}

    /// Plays the step; false if it is about something else.
    bool take(int self, const Step& step) noexcept
    {
        switch (step.action) {
        case Action::request_stop: request(self, step.target); return true;
        case Action::ask_stop: model_.report(self, Outcome::done, at(step.target).requested); return true;
        case Action::sleep_or_stop: sleep_or_stop(self, step.target, step.amount); return true;
        case Action::sleep_or_stop_until: sleep_or_stop(self, step.target, model_.limit_until(step)); return true;
        case Action::add_callback: add(self, step.target); return true;
        case Action::remove_callback:
            if (!remove(self)) {
                model_.report(self, Outcome::skipped);
            }
            return true;
        default: return false;
        }
    }

    /// False if it has none. It may wait.
    bool remove(int self) noexcept
    {
        Slot& slot = slots_[Model::index(self)];
        if (!slot.exists) {
            return false;
        }
        slot.exists = false;
        if (slot.source != Model::nobody) {
            Source& source = at(slot.source);
            const auto place = std::ranges::find(source.registered, self);
            if (place != source.registered.end()) {
                std::rotate(place, place + 1, source.registered.end());
                source.registered.back() = Model::nobody;
            } else if (source.called == self) {
                model_.wait(model_.at(self), Model::never, {WaitFor::callback, slot.source});
            }
        }
        return true;
    }

    /// A thread in the middle of such a step runs. Whether the step is over.
    bool go_on(Model::Thread& thread) noexcept
    {
        switch (thread.next) {
        case Next::call:
            flags_.set(flags_of_callback);
            thread.next = Next::sleep;
            return false;
        case Next::sleep:
            model_.sleep(thread, sleep_of_callback);
            thread.next = Next::end_of_call;
            return false;
        default: break;
        }
        if (thread.sequel == Model::nobody) {
            thread.next = Next::nothing;
            return true;  // a call of its own
        }
        call_next(thread);
        model_.wake_all(WaitFor::callback, thread.sequel);
        return false;
    }

private:
    struct Source {
        constexpr Source() noexcept { registered.fill(Model::nobody); }
        bool requested = false;
        std::array<int, worker_count> registered;  ///< whose callbacks, the next first
        int called = Model::nobody;                ///< whose is being called
    };

    /// A worker's callback.
    struct Slot {
        bool exists = false;
        int source = Model::nobody;  ///< `nobody`: it came too late, and stands nowhere
    };

    Source& at(int source) noexcept { return sources_[Model::index(source)]; }

    void request(int self, int number) noexcept
    {
        Source& source = at(number);
        model_.report(self, Outcome::done, !source.requested);
        if (source.requested) {
            return;
        }
        source.requested = true;
        model_.wake_all(WaitFor::stop, number);
        model_.at(self).sequel = number;
        call_next(model_.at(self));
    }

    void call_next(Model::Thread& thread) noexcept
    {
        Source& source = at(thread.sequel);
        source.called = source.registered.front();
        std::rotate(source.registered.begin(), source.registered.begin() + 1, source.registered.end());
        source.registered.back() = Model::nobody;
        thread.next = source.called != Model::nobody ? Next::call : Next::nothing;
    }

    void add(int self, int number) noexcept
    {
        Slot& slot = slots_[Model::index(self)];
        Source& source = at(number);
        if (slot.exists) {
            model_.report(self, Outcome::skipped);
            return;
        }
        slot.exists = true;
        if (source.requested) {
            slot.source = Model::nobody;
            model_.at(self).next = Next::call;
            model_.at(self).sequel = Model::nobody;
        } else {
            slot.source = number;
            *std::ranges::find(source.registered, Model::nobody) = self;
        }
    }

    void sleep_or_stop(int self, int source, std::int64_t limit) noexcept
    {
        if (!at(source).requested) {
            model_.wait_unless_over(self, limit, {WaitFor::stop, source});
        }
    }

    Model& model_;
    Flags& flags_;
    std::array<Source, stop_source_count> sources_{};
    std::array<Slot, worker_count> slots_{};
};

}  // namespace fuzz
