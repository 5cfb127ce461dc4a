// The scheduler as the oracle sees it: threads in lists that are searched from end to end, no interrupts, no stacks.
// Time stands still while anybody is ready.
#pragma once

#include "places.hpp"

#include <pegplan/config/sched.hpp>
#include <pegplan/config/sync.hpp>
#include <pegplan/error.hpp>

#include <algorithm>
#include <array>
#include <cstdint>

namespace fuzz {

/// Everything is public: the primitives of the oracle are written in terms of it.
class Model {
public:
    static constexpr int nobody = -1;
    static constexpr std::int64_t never = INT64_MAX;

    static constexpr std::size_t most_places = 4;

    /// That of the delayed work, behind those that scripts name.
    static constexpr int delay_timer = timer_count;

    struct Thread {
        bool alive = false;      ///< spawned, and its record not released
        bool finished = false;
        bool blocked = false;
        bool suspended = false;
        bool done = false;       ///< has said that it ends
        bool detached = false;
        bool lingers = false;    ///< finished and detached; released by the next spawn, or when nobody is ready
        bool has_result = false;
        bool pending = false;    ///< a step has been taken and not been reported
        int base_priority = 0;
        int priority = 0;        ///< what it deserves
        int spawner = nobody;
        int relocks = nobody;    ///< the mutex that it locks again, its wait for a condition being over
        int runs_once = nobody;  ///< whose function it is in
        int joined = nobody;     ///< the thread that has ended, and which it releases when it runs
        Next next = Next::nothing;
        int sequel = nobody;     ///< what that is about
        int step = 0;
        int round = 0;           ///< of the main thread
        std::int64_t deadline = never;
        std::int64_t timer_order = 0;
        std::int64_t order = 0;       ///< among ready equals: the smallest runs
        std::int64_t wait_order = 0;  ///< among waiting equals
        std::array<Place, most_places> places{};
        std::size_t place_count = 0;  ///< 0: it sleeps
        Event report{};
        std::array<bool, mutex_count> holds{};
        bool holds_robust = false;
        int recursions = 0;      ///< how often it has the recursive mutex
        Hold rw_hold = Hold::none;
        Transfer transfer{};

        [[nodiscard]] bool lives() const noexcept { return alive && !finished; }
        [[nodiscard]] bool exists() const noexcept { return alive || lingers; }
        [[nodiscard]] bool ready() const noexcept { return lives() && !blocked && !suspended; }
        [[nodiscard]] bool waits() const noexcept { return alive && blocked; }

        /// The first place where it waits for that, on that condition, or null.
        template <class Condition = decltype(anyway)>
        [[nodiscard]] const Place* place(WaitFor what, int object, const Condition& may_go_on = anyway) const noexcept
        {
            for (std::size_t number = 0; waits() && number < place_count; ++number) {
                const Place& place = places[number];
                if (place.what == what && place.object == object && may_go_on(place)) {
                    return &place;
                }
            }
            return nullptr;
        }
    };

    struct Timer {
        std::int64_t deadline = never;  ///< `never`: it does not run
        std::int64_t period = 0;        ///< 0: once
        std::int64_t order = 0;
        int expirations = 0;
    };

    /// `mistaken`: of waiting threads of equal priority the last one is the first.
    explicit Model(bool mistaken) noexcept : mistaken_{mistaken} {}

    static std::size_t index(int number) noexcept { return static_cast<std::size_t>(number); }

    Thread& at(int thread) noexcept { return threads[index(thread)]; }

    /// The most urgent ready thread, of equals the one in front.
    int pick() noexcept
    {
        int best = nobody;
        for (int thread = 0; thread < thread_count; ++thread) {
            if (at(thread).ready() && (best == nobody || runs_before(at(thread), at(best)))) {
                best = thread;
            }
        }
        return best;
    }

    static bool runs_before(const Thread& a, const Thread& b) noexcept
    {
        return a.priority > b.priority || (a.priority == b.priority && a.order < b.order);
    }

    void to_back(Thread& thread) noexcept { thread.order = ++order_; }
    void to_front(Thread& thread) noexcept { thread.order = -(++order_); }

    void wake(Thread& thread) noexcept
    {
        thread.blocked = false;
        thread.deadline = never;
        thread.place_count = 0;
        to_back(thread);
    }

    /// It waits for nothing, but for at most `limit`.
    void sleep(Thread& thread, std::int64_t limit) noexcept
    {
        thread.blocked = true;
        thread.deadline = limit == never ? never : now_ + limit;
        thread.timer_order = ++order_;
        thread.wait_order = ++order_;
    }

    /// Wakes one that has got what it waits for at one of its places; `value` is what it reports.
    void wake_at(Thread& thread, const Place& place, int value) noexcept
    {
        thread.report.value = value;
        if (thread.place_count > 1) {
            const auto which = static_cast<std::size_t>(&place - thread.places.data());
            thread.report.value = choice_made(which, place.what == WaitFor::message ? value : 0);
        }
        wake(thread);
    }

    void wait(Thread& thread, std::int64_t limit, const Place& place) noexcept
    {
        sleep(thread, limit);
        thread.places[thread.place_count++] = place;
    }

    /// The same, or a report that it is too late. Whether it waits.
    bool wait_unless_over(int self, std::int64_t limit, const Place& place) noexcept
    {
        if (limit == 0) {
            report(self, Outcome::timed_out);
            return false;
        }
        wait(at(self), limit, place);
        return true;
    }

    /// Wakes all who wait for that, the first one first.
    void wake_all(WaitFor what, int object = 0) noexcept
    {
        while (Thread* const thread = first_waiter(what, object)) {
            wake(*thread);
        }
    }

    void report(int thread, Outcome outcome, int value = 0) noexcept
    {
        at(thread).report.outcome = outcome;
        at(thread).report.value = value;
    }

    void refuse(int thread, pegplan::Error error) noexcept
    {
        report(thread, Outcome::refused, static_cast<int>(error));
    }

    /// How long it is from now until the step's moment; nothing if it has passed.
    [[nodiscard]] std::int64_t limit_until(const Step& step) const noexcept
    {
        return step.time() > now_ ? step.time() - now_ : 0;
    }

    void suspend(Thread& target) noexcept { target.suspended = target.suspended || target.lives(); }

    void resume(Thread& target) noexcept
    {
        if (target.lives() && target.suspended) {
            target.suspended = false;
            if (!target.blocked) {
                to_back(target);
            }
        }
    }

    /// The others get what they deserve because of it with the next `settle_priorities`.
    void set_priority(Thread& target, int priority) noexcept
    {
        if (target.lives()) {
            target.base_priority = priority;
            target.priority = deserved_priority(target);
            to_back(target);
            target.wait_order = ++order_;
        }
    }

    /// Gives each thread what it deserves. One that runs stays in front of its equals, others go behind them.
    void settle_priorities(int running) noexcept
    {
        for (bool settled = false; !settled;) {
            settled = true;
            for (int number = 0; number < thread_count; ++number) {
                Thread& thread = at(number);
                const int deserved = deserved_priority(thread);
                if (!thread.lives() || thread.priority == deserved) {
                    continue;
                }
                settled = false;
                thread.priority = deserved;
                thread.wait_order = ++order_;
                if (number == running) {
                    to_front(thread);
                } else {
                    to_back(thread);
                }
            }
        }
    }

    /// Its own, or that of the most urgent of those that wait for a mutex which it holds; or the ceiling of one.
    int deserved_priority(const Thread& thread) const noexcept
    {
        int deserved = thread.base_priority;
        if constexpr (pegplan::config::mutex_plain) {
            return deserved;
        }
        if constexpr (pegplan::config::mutex_ceiling) {
            return std::max(deserved, ceiling_of(thread));
        }
        for (const Thread& other : threads) {
            bool waits_for_it = (thread.holds_robust && other.place(WaitFor::robust, 0) != nullptr) ||
                                (thread.recursions > 0 && other.place(WaitFor::recursive, 0) != nullptr);
            for (int mutex = 0; mutex < mutex_count; ++mutex) {
                waits_for_it =
                    waits_for_it || (thread.holds[index(mutex)] && other.place(WaitFor::mutex, mutex) != nullptr);
            }
            if (waits_for_it) {
                deserved = std::max(deserved, other.priority);
            }
        }
        return deserved;
    }

    /// The highest ceiling of a mutex that it holds. One that is not given any has the highest priority.
    static int ceiling_of(const Thread& thread) noexcept
    {
        constexpr int highest = pegplan::config::num_priorities - 1;
        if (thread.holds_robust || thread.recursions > 0 || thread.holds[mutex_without_ceiling]) {
            return highest;
        }
        return std::ranges::find(thread.holds, true) != thread.holds.end() ? given_ceiling : 0;
    }

    /// The most urgent of those that wait for it, of equals the one that came first; or, by mistake, last.
    template <class Condition = decltype(anyway)>
    Thread* first_waiter(WaitFor what, int object, const Condition& may_go_on = anyway) noexcept
    {
        Thread* first = nullptr;
        for (Thread& thread : threads) {
            if (thread.place(what, object, may_go_on) != nullptr &&
                (first == nullptr || thread.priority > first->priority ||
                 (thread.priority == first->priority && (thread.wait_order < first->wait_order) != mistaken_))) {
                first = &thread;
            }
        }
        return first;
    }

    [[nodiscard]] int count_waiters(WaitFor what, int object) const noexcept
    {
        return static_cast<int>(std::ranges::count_if(
            threads, [=](const Thread& thread) { return thread.place(what, object) != nullptr; }));
    }

    void release_finished() noexcept
    {
        for (Thread& thread : threads) {
            thread.lingers = false;
        }
    }

    /// To the next deadline, and what it brings. False if there is none.
    template <class GaveUp, class Expired>
    bool advance_time(const GaveUp& gave_up, const Expired& expired) noexcept
    {
        release_finished();
        const std::int64_t next = next_due().deadline;
        if (next == never) {
            return false;
        }
        now_ = next;
        serve_due(nobody, gave_up, expired);
        return true;
    }

    /// Those whose deadlines have passed, in the order of deadlines: threads wake, and `gave_up` gets each that has waited
    /// for something, and the first thing that it was; `expired` gets the numbers of timers. `running` is who is interrupted for that.
    template <class GaveUp, class Expired>
    void serve_due(int running, const GaveUp& gave_up, const Expired& expired) noexcept
    {
        for (Due due = next_due(); due.deadline <= now_; due = next_due()) {
            if (due.timer != nobody) {
                Timer& timer = timers[index(due.timer)];
                ++timer.expirations;
                timer.deadline = timer.period > 0 ? timer.deadline + timer.period : never;
                timer.order = ++order_;
                expired(due.timer);
            } else {
                Thread& thread = at(due.thread);
                const bool slept = thread.place_count == 0;
                const WaitFor what = thread.places[0].what;
                wake(thread);
                if (!slept) {
                    thread.report.outcome = Outcome::timed_out;
                    gave_up(thread, what);
                }
            }
            settle_priorities(running);
        }
    }

    void start_timer(Timer& timer, std::int64_t deadline, std::int64_t period) noexcept
    {
        timer.deadline = deadline;
        timer.period = period;
        timer.order = ++order_;
    }

    [[nodiscard]] std::int64_t now() const noexcept { return now_; }

    std::array<Thread, thread_count> threads{};
    std::array<Timer, delay_timer + 1> timers{};

private:
    /// What comes next in time: a thread or a timer.
    struct Due {
        std::int64_t deadline = never;
        std::int64_t order = 0;
        int thread = nobody;
        int timer = nobody;

        [[nodiscard]] bool before(const Due& other) const noexcept
        {
            return deadline < other.deadline || (deadline == other.deadline && order < other.order);
        }
    };

    [[nodiscard]] Due next_due() const noexcept
    {
        Due next;
        for (int number = 0; number < thread_count; ++number) {
            const Thread& thread = threads[index(number)];
            const Due due{thread.deadline, thread.timer_order, number, nobody};
            if (thread.waits() && due.before(next)) {
                next = due;
            }
        }
        for (int number = 0; number <= delay_timer; ++number) {
            const Timer& timer = timers[index(number)];
            const Due due{timer.deadline, timer.order, nobody, number};
            if (timer.deadline != never && due.before(next)) {
                next = due;
            }
        }
        return next;
    }

    bool mistaken_;
    std::int64_t order_ = 0;
    std::int64_t now_ = 0;
};

}  // namespace fuzz
