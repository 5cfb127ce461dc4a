// The scheduler as the oracle sees it: threads in lists that are searched from end to end, no interrupts, no stacks.
// Time stands still while anybody is ready.
#pragma once

#include "script.hpp"

namespace fuzz {

class Model {
protected:
    static constexpr int nobody = -1;
    static constexpr std::int64_t never = INT64_MAX;

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
        int priority = 0;
        int spawner = nobody;
        int joins = nobody;      ///< the thread whose end it waits for
        int joined = nobody;     ///< the thread that has ended, and which it releases when it runs
        int wants = nobody;      ///< the mutex that it waits for
        int step = 0;
        int round = 0;           ///< of the main thread
        std::int64_t deadline = never;
        std::uint64_t timer_order = 0;
        std::uint64_t order = 0;       ///< among ready equals: the smallest runs
        std::uint64_t wait_order = 0;  ///< among waiting equals
        Event report{};
        std::array<bool, mutex_count> holds{};

        [[nodiscard]] bool lives() const noexcept { return alive && !finished; }
        [[nodiscard]] bool exists() const noexcept { return alive || lingers; }
        [[nodiscard]] bool ready() const noexcept { return lives() && !blocked && !suspended; }
        [[nodiscard]] bool waits() const noexcept { return alive && blocked; }
    };

    static std::size_t index(int number) noexcept { return static_cast<std::size_t>(number); }

    Thread& at(int thread) noexcept { return threads_[index(thread)]; }

    /// The most urgent ready thread, of equals the one in front.
    int pick() noexcept
    {
        int best = nobody;
        for (int thread = 0; thread <= main_thread; ++thread) {
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

    void wake(Thread& thread) noexcept
    {
        thread.blocked = false;
        thread.deadline = never;
        thread.joins = nobody;
        thread.wants = nobody;
        to_back(thread);
    }

    void block(Thread& thread, std::int64_t limit) noexcept
    {
        thread.blocked = true;
        thread.deadline = limit == never ? never : now_ + limit;
        thread.timer_order = ++order_;
        thread.wait_order = ++order_;
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

    void set_priority(Thread& target, int priority) noexcept
    {
        if (target.lives()) {
            target.priority = priority;
            to_back(target);
            target.wait_order = ++order_;
        }
    }

    /// The most urgent of those that wait for a mutex, of equals the one that came first; or, by mistake, last.
    Thread* first_waiter(int mutex, bool last_of_equals) noexcept
    {
        Thread* first = nullptr;
        for (Thread& thread : threads_) {
            if (thread.waits() && thread.wants == mutex &&
                (first == nullptr || thread.priority > first->priority ||
                 (thread.priority == first->priority && (thread.wait_order < first->wait_order) != last_of_equals))) {
                first = &thread;
            }
        }
        return first;
    }

    void release_finished() noexcept
    {
        for (Thread& thread : threads_) {
            thread.lingers = false;
        }
    }

    /// To the next deadline; those that it has passed wake in the order of their deadlines. False if there is none.
    bool advance_time() noexcept
    {
        release_finished();
        std::int64_t next = never;
        for (const Thread& thread : threads_) {
            if (thread.waits() && thread.deadline < next) {
                next = thread.deadline;
            }
        }
        if (next == never) {
            return false;
        }
        now_ = next;
        for (;;) {
            Thread* first = nullptr;
            for (Thread& thread : threads_) {
                if (thread.waits() && thread.deadline == now_ &&
                    (first == nullptr || thread.timer_order < first->timer_order)) {
                    first = &thread;
                }
            }
            if (first == nullptr) {
                return true;
            }
            if (first->joins != nobody || first->wants != nobody) {
                first->report.outcome = Outcome::timed_out;
            }
            wake(*first);
        }
    }

    [[nodiscard]] std::int64_t now() const noexcept { return now_; }

    std::array<Thread, worker_count + 1> threads_{};

private:
    std::uint64_t order_ = 0;
    std::int64_t now_ = 0;
};

}  // namespace fuzz
