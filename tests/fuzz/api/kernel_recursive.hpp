// Plays the steps that are about a recursive mutex on the kernel.
#pragma once

#include "answer.hpp"

#include <pegplan/pegplan.hpp>

#include <array>
#include <chrono>

namespace fuzz {

class KernelRecursive {
public:
    Answer take(int self, const Step& step, std::chrono::milliseconds limit, pegplan::Clock::time_point moment) noexcept
    {
        switch (step.action) {
        case Action::lock_recursive: return counted(self, mutex_.try_lock_for(limit));
        case Action::try_lock_recursive: return counted(self, mutex_.try_lock());
        case Action::lock_recursive_until: return counted(self, mutex_.try_lock_until(moment));
        default: return unlock(self) ? answered(depths_[index(self)]) : skipped;
        }
    }

    /// Unlocks as often as the worker has locked.
    void leave(int self) noexcept
    {
        while (unlock(self)) {
        }
    }

private:
    /// Reports how often it has it.
    Answer counted(int self, bool locked) noexcept
    {
        return locked ? answered(++depths_[index(self)]) : Answer{Outcome::timed_out};
    }

    bool unlock(int self) noexcept
    {
        if (depths_[index(self)] == 0) {
            return false;
        }
        --depths_[index(self)];
        mutex_.unlock();
        return true;
    }

    pegplan::Mutex<void, {.recursive = true}> mutex_;
    std::array<int, worker_count> depths_{};
};

}  // namespace fuzz
