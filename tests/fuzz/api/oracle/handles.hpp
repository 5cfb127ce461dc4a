// Spawns and joins as the oracle sees them: who has the handle of whom.
#pragma once

#include "model.hpp"

namespace fuzz {

class Handles {
public:
    explicit Handles(Model& model) noexcept : model_{model} {}

    [[nodiscard]] bool was_spawned(std::size_t worker) const noexcept { return spawned_[worker]; }

    void spawn(int self, int worker, int priority) noexcept
    {
        if (spawned_[Model::index(worker)]) {
            model_.report(self, Outcome::skipped);
            return;
        }
        model_.release_finished();
        spawned_[Model::index(worker)] = true;
        model_.at(worker) = Model::Thread{};
        model_.at(worker).alive = true;
        model_.at(worker).base_priority = priority;
        model_.at(worker).priority = priority;
        model_.at(worker).spawner = self;
        model_.to_back(model_.at(worker));
    }

    void spawn_wrongly(int self, Mistake mistake) noexcept
    {
        using pegplan::Error;
        switch (mistake) {
        case Mistake::null_name: model_.refuse(self, Error::invalid_name); break;
        case Mistake::long_name: model_.refuse(self, Error::name_too_long); break;
        case Mistake::small_stack: model_.refuse(self, Error::stack_too_small); break;
        case Mistake::high_priority: model_.refuse(self, Error::priority_out_of_range); break;
        case Mistake::no_slice: model_.refuse(self, Error::invalid_duration); break;
        case Mistake::huge_stack:
        case Mistake::count:
            model_.release_finished();
            model_.refuse(self, Error::out_of_memory);
            break;
        }
    }

    /// Whether `self` has the handle of the thread.
    static bool may_join(int self, const Model::Thread& target) noexcept
    {
        return target.spawner == self && target.alive && !target.detached;
    }

    void join(int self, int worker, std::int64_t limit) noexcept
    {
        Model::Thread& target = model_.at(worker);
        if (!may_join(self, target)) {
            model_.report(self, Outcome::skipped);
        } else if (target.finished) {
            take_result(self, target);
            target.alive = false;
        } else {
            model_.wait_unless_over(self, limit, {WaitFor::end_of_thread, worker});
        }
    }

    void take_result(int self, const Model::Thread& target) noexcept
    {
        if (target.has_result) {
            model_.report(self, Outcome::done, target.report.value);
        } else {
            model_.report(self, Outcome::no_result);
        }
    }

    void detach(int self, Model::Thread& target) noexcept
    {
        if (may_join(self, target)) {
            target.detached = true;
            target.alive = !target.finished;
        } else {
            model_.report(self, Outcome::skipped);
        }
    }

private:
    Model& model_;
    std::array<bool, worker_count> spawned_{};
};

}  // namespace fuzz
