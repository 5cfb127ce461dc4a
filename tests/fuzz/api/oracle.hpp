// What the kernel should do with a script, said as plainly as possible: lists that are searched from end to end, no
// interrupts, no stacks. Time stands still while anybody is ready.
#pragma once

#include "script.hpp"

namespace fuzz {

class Oracle {
public:
    explicit Oracle(const Script& script) noexcept : script_{script} {}

    /// Plays the script and fills the journal.
    void run(Journal& journal) noexcept
    {
        journal_ = &journal;
        threads_[main_thread] = Thread{};
        threads_[main_thread].alive = true;
        threads_[main_thread].priority = main_priority;
        threads_[main_thread].order = ++order_;
        while (!threads_[main_thread].finished) {
            if (const int running = pick(); running >= 0) {
                proceed(running);
            } else if (!advance_time()) {
                return;  // the main thread's waits all have limits: not reached
            }
        }
    }

private:
    static constexpr int nobody = -1;
    static constexpr std::int64_t never = INT64_MAX;

    struct Thread {
        bool alive = false;      ///< spawned, and its record not released
        bool finished = false;
        bool blocked = false;
        bool suspended = false;
        bool done = false;       ///< has said that it ends
        bool detached = false;
        bool has_result = false;
        bool pending = false;    ///< a step has been taken and not been reported
        int priority = 0;
        int spawner = nobody;
        int joins = nobody;      ///< the thread whose end it waits for
        int wants = nobody;      ///< the mutex that it waits for
        int step = 0;
        int round = 0;           ///< of the main thread
        std::int64_t deadline = never;
        std::uint64_t timer_order = 0;
        std::uint64_t order = 0;       ///< among ready equals: the smallest runs
        std::uint64_t wait_order = 0;  ///< among waiting equals
        Event report{};
        std::array<bool, mutex_count> holds{};
    };

    Thread& at(int thread) noexcept { return threads_[static_cast<std::size_t>(thread)]; }

    bool ready(const Thread& thread) const noexcept
    {
        return thread.alive && !thread.finished && !thread.blocked && !thread.suspended;
    }

    /// The most urgent ready thread, of equals the one in front.
    int pick() noexcept
    {
        int best = nobody;
        for (int thread = 0; thread <= main_thread; ++thread) {
            if (ready(at(thread)) && (best == nobody || at(thread).priority > at(best).priority ||
                                      (at(thread).priority == at(best).priority && at(thread).order < at(best).order))) {
                best = thread;
            }
        }
        return best;
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

    /// To the next deadline; those that it has passed wake in the order of their deadlines.
    bool advance_time() noexcept
    {
        std::int64_t next = never;
        for (const Thread& thread : threads_) {
            if (thread.alive && thread.blocked && thread.deadline < next) {
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
                if (thread.alive && thread.blocked && thread.deadline == now_ &&
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

    /// The running thread goes on: reports the step that is over, and takes the next.
    void proceed(int running) noexcept
    {
        Thread& thread = at(running);
        if (thread.pending) {
            thread.pending = false;
            thread.report.milliseconds = now_;
            journal_->add(thread.report);
            return;
        }
        if (running == main_thread) {
            proceed_main(thread);
        } else {
            const Step& step = script_.steps[static_cast<std::size_t>(running)][static_cast<std::size_t>(thread.step)];
            begin(running, thread.step++, Outcome::done, 0);
            take(running, step);
        }
    }

    void begin(int thread, int step, Outcome outcome, int value) noexcept
    {
        at(thread).report = {thread, step, outcome, value, 0};
        at(thread).pending = true;
    }

    void report(int thread, Outcome outcome) noexcept { at(thread).report.outcome = outcome; }

    void take(int self, const Step& step) noexcept
    {
        Thread& thread = at(self);
        Thread& target = at(step.target);
        const bool target_lives = target.alive && !target.finished;
        switch (step.action) {
        case Action::yield: to_back(thread); break;
        case Action::sleep:
            if (step.amount > 0) {
                block(thread, step.amount);
            }
            break;
        case Action::suspend:
            report(self, target_lives ? Outcome::done : Outcome::refused);
            target.suspended = target.suspended || target_lives;
            break;
        case Action::resume:
            report(self, target_lives ? Outcome::done : Outcome::refused);
            resume(target);
            break;
        case Action::set_priority:
            report(self, target_lives ? Outcome::done : Outcome::refused);
            if (target_lives) {
                target.priority = step.amount;
                to_back(target);
                target.wait_order = ++order_;
            }
            break;
        case Action::spawn: spawn(self, step.target, step.amount); break;
        case Action::join: join(self, step.target, step.amount); break;
        case Action::detach:
            if (target.spawner != self || !target.alive || target.detached) {
                report(self, Outcome::skipped);
            } else {
                target.detached = true;
                target.alive = !target.finished;
            }
            break;
        case Action::lock: lock(self, step.target, step.amount); break;
        case Action::unlock:
            if (thread.holds[static_cast<std::size_t>(step.target)]) {
                unlock(self, step.target);
            } else {
                report(self, Outcome::skipped);
            }
            break;
        case Action::end:
        case Action::exit:
        case Action::count: end(self, step.action == Action::end); break;
        }
    }

    void resume(Thread& target) noexcept
    {
        if (target.alive && !target.finished && target.suspended) {
            target.suspended = false;
            if (!target.blocked) {
                to_back(target);
            }
        }
    }

    void spawn(int self, int worker, int priority) noexcept
    {
        if (spawned_[static_cast<std::size_t>(worker)]) {
            report(self, Outcome::skipped);
            return;
        }
        spawned_[static_cast<std::size_t>(worker)] = true;
        at(worker) = Thread{};
        at(worker).alive = true;
        at(worker).priority = priority;
        at(worker).spawner = self;
        to_back(at(worker));
    }

    void join(int self, int worker, int limit) noexcept
    {
        Thread& target = at(worker);
        if (target.spawner != self || !target.alive || target.detached) {
            report(self, Outcome::skipped);
        } else if (target.finished) {
            take_result(self, target);
        } else if (limit == 0) {
            report(self, Outcome::timed_out);
        } else {
            block(at(self), limit);
            at(self).joins = worker;
        }
    }

    void take_result(int self, Thread& target) noexcept
    {
        report(self, target.has_result ? Outcome::done : Outcome::no_result);
        at(self).report.value = target.has_result ? target.report.value : 0;
        target.alive = false;
    }

    void lock(int self, int mutex, int limit) noexcept
    {
        if (at(self).holds[static_cast<std::size_t>(mutex)]) {
            report(self, Outcome::skipped);
        } else if (owner(mutex) == nobody) {
            at(self).holds[static_cast<std::size_t>(mutex)] = true;
        } else if (limit == 0) {
            report(self, Outcome::timed_out);
        } else {
            block(at(self), limit);
            at(self).wants = mutex;
        }
    }

    int owner(int mutex) noexcept
    {
        for (int thread = 0; thread < worker_count; ++thread) {
            if (at(thread).holds[static_cast<std::size_t>(mutex)]) {
                return thread;
            }
        }
        return nobody;
    }

    /// The most urgent waiter gets it, of equals the one that came first.
    void unlock(int self, int mutex) noexcept
    {
        at(self).holds[static_cast<std::size_t>(mutex)] = false;
        Thread* next = nullptr;
        for (Thread& thread : threads_) {
            if (thread.alive && thread.blocked && thread.wants == mutex &&
                (next == nullptr || thread.priority > next->priority ||
                 (thread.priority == next->priority && thread.wait_order < next->wait_order))) {
                next = &thread;
            }
        }
        if (next != nullptr) {
            next->holds[static_cast<std::size_t>(mutex)] = true;
            wake(*next);
        }
    }

    /// The last step: leaves what it holds, one mutex after the other, says that it is done, and ends. Leaving a mutex may
    /// let others run in between, so it is a step each.
    void end(int self, bool with_result) noexcept
    {
        Thread& thread = at(self);
        for (int mutex = 0; mutex < mutex_count; ++mutex) {
            if (thread.holds[static_cast<std::size_t>(mutex)]) {
                --thread.step;
                thread.pending = false;
                unlock(self, mutex);
                return;
            }
        }
        thread.done = true;
        thread.pending = false;
        thread.finished = true;
        thread.has_result = with_result;
        thread.report.value = self * 100 + thread.step - 1;
        if (thread.detached) {
            thread.alive = false;
        }
        // Most urgent first, as in any wait queue; there is at most one.
        for (int joiner = 0; joiner <= main_thread; ++joiner) {
            if (at(joiner).alive && at(joiner).blocked && at(joiner).joins == self) {
                wake(at(joiner));
                take_result(joiner, thread);
            }
        }
    }

    /// Spawns the first workers, then sleeps and resumes everybody until all are done, then joins.
    void proceed_main(Thread& thread) noexcept
    {
        const int step = thread.step++;
        if (step < worker_count) {
            const int priority = script_.first_priority[static_cast<std::size_t>(step)];
            begin(main_thread, step, Outcome::done, 0);
            if (priority >= 0) {
                spawn(main_thread, step, priority);
            } else {
                report(main_thread, Outcome::skipped);
            }
            return;
        }
        const int phase = (step - worker_count) % (worker_count + 1);
        if (!joining_ && phase == 0 && all_done()) {
            joining_ = true;
            thread.step = worker_count + 1;
            thread.round = 0;
        }
        if (joining_) {
            if (thread.round == worker_count) {
                thread.finished = true;
                return;
            }
            begin(main_thread, 100 + thread.round, Outcome::done, 0);
            join(main_thread, thread.round, join_limit);
            ++thread.round;
        } else if (phase == 0) {
            begin(main_thread, 200, Outcome::done, 0);
            block(thread, 1);
        } else {
            begin(main_thread, 200 + phase, Outcome::done, 0);
            const Thread& target = at(phase - 1);
            report(main_thread, target.alive && !target.finished ? Outcome::done : Outcome::refused);
            resume(at(phase - 1));
        }
    }

    bool all_done() const noexcept
    {
        for (int worker = 0; worker < worker_count; ++worker) {
            if (spawned_[static_cast<std::size_t>(worker)] && !threads_[static_cast<std::size_t>(worker)].done) {
                return false;
            }
        }
        return true;
    }

    static constexpr int join_limit = 1000;

    const Script& script_;
    Journal* journal_ = nullptr;
    std::array<Thread, worker_count + 1> threads_{};
    std::array<bool, worker_count> spawned_{};
    std::uint64_t order_ = 0;
    std::int64_t now_ = 0;
    bool joining_ = false;
};

}  // namespace fuzz
