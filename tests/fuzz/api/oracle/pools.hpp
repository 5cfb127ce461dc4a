// Pools as the oracle sees them: how many have been taken.
#pragma once

#include "model.hpp"

namespace fuzz {

class Pools {
public:
    explicit Pools(Model& model) noexcept : model_{model} {}

    /// Plays the step; false if it is about something else.
    bool take(int self, const Step& step) noexcept
    {
        switch (step.action) {
        case Action::allocate_block: take_from(blocks_, self, block_count); return true;
        case Action::release_block: give_to(blocks_, self, 1); return true;
        case Action::ask_blocks: model_.report(self, Outcome::done, sum(blocks_)); return true;
        case Action::make_object: take_from(objects_, self, object_count); return true;
        case Action::destroy_object: give_to(objects_, self, self); return true;
        case Action::ask_objects: model_.report(self, Outcome::done, sum(objects_)); return true;
        default: return false;
        }
    }

    void leave(int self) noexcept
    {
        blocks_[Model::index(self)] = 0;
        objects_[Model::index(self)] = 0;
    }

private:
    /// How many each worker has.
    using Counts = std::array<int, worker_count>;

    static int sum(const Counts& counts) noexcept
    {
        int all = 0;
        for (const int count : counts) {
            all += count;
        }
        return all;
    }

    void take_from(Counts& counts, int self, int capacity) noexcept
    {
        if (sum(counts) == capacity) {
            model_.refuse(self, pegplan::Error::out_of_memory);
        } else {
            ++counts[Model::index(self)];
        }
    }

    /// Reports `value`: what was put there is there still.
    void give_to(Counts& counts, int self, int value) noexcept
    {
        if (counts[Model::index(self)] == 0) {
            model_.report(self, Outcome::skipped);
        } else {
            --counts[Model::index(self)];
            model_.report(self, Outcome::done, value);
        }
    }

    Model& model_;
    Counts blocks_{};
    Counts objects_{};
};

}  // namespace fuzz
