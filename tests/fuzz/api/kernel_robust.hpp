// Plays the steps that are about a robust mutex on the kernel.
#pragma once

#include "answer.hpp"

#include <pegplan/pegplan.hpp>

#include <array>
#include <chrono>
#include <memory>
#include <utility>

namespace fuzz {

class KernelRobust {
public:
    Answer take(int self, const Step& step, std::chrono::milliseconds limit, pegplan::Clock::time_point moment) noexcept
    {
        switch (step.action) {
        case Action::lock_robust: return lock(self, [&](Mutex& mutex) { return mutex.try_lock_for(limit); });
        case Action::try_lock_robust: return lock(self, [](Mutex& mutex) { return mutex.try_lock(); });
        case Action::lock_robust_until: return lock(self, [&](Mutex& mutex) { return mutex.try_lock_until(moment); });
        default: break;
        }
        Place& place = places_[index(self)];
        if (!place.holds) {
            return skipped;
        }
        if (step.action == Action::make_consistent) {
            place.guard.make_consistent();
        } else {
            place.holds = false;
            std::destroy_at(&place.guard);
        }
        return done;
    }

private:
    using Mutex = pegplan::Mutex<int, {.robust = true}>;

    /// A guard that is not destroyed, and so does not unlock, when a worker ends with it.
    struct Place {
        Place() noexcept {}
        ~Place() {}
        bool holds = false;
        union {
            Mutex::Guard guard;
        };
    };

    template <class Lock>
    Answer lock(int self, const Lock& how) noexcept
    {
        Place& place = places_[index(self)];
        if (place.holds) {
            return skipped;
        }
        pegplan::Result<Mutex::Guard> result = how(mutex_);
        if (result) {
            std::construct_at(&place.guard, std::move(result).value());
            place.holds = true;
            return answered(place.guard.owner_died());
        }
        return result.error() == pegplan::Error::timed_out ? Answer{Outcome::timed_out} : refused(result.error());
    }

    Mutex mutex_{0};
    std::array<Place, worker_count> places_{};
};

}  // namespace fuzz
