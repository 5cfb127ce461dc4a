// What the kernel should do with a script, said as plainly as possible.
#pragma once

#include "oracle/choices.hpp"
#include "oracle/flags.hpp"
#include "oracle/meetings.hpp"
#include "oracle/model.hpp"
#include "oracle/mutexes.hpp"
#include "oracle/pipe.hpp"
#include "oracle/queues.hpp"
#include "oracle/robust_mutex.hpp"
#include "oracle/rw_lock.hpp"
#include "oracle/semaphores.hpp"
#include "oracle/timers.hpp"
#include "script.hpp"

namespace fuzz {

class Oracle : private Model {
public:
    /// `mistaken`: with a mistake in the order of waiting threads, to see that it is found.
    Oracle(const Script& script, bool mistaken) noexcept : script_{script}, mutexes_{*this, mistaken} {}

    /// Plays the script and fills the journal.
    void run(Journal& journal) noexcept
    {
        journal_ = &journal;
        Thread& main = at(main_thread);
        main.alive = true;
        main.base_priority = main_priority;
        main.priority = main_priority;
        to_back(main);
        const auto gave_up = [this](Thread& thread, WaitFor what) { give_up(thread, what); };
        const auto expired = [this](int timer) { expire(static_cast<Expiry>(timer)); };
        while (!main.finished) {
            if (const int running = pick(); running >= 0) {
                proceed(running);
                settle_priorities(running);
                serve_due(gave_up, expired);
            } else if (!advance_time(gave_up, expired)) {
                return;  // the main thread's waits all have limits: not reached
            }
        }
    }

private:
    /// The running thread goes on: reports the step that is over, and takes the next.
    void proceed(int running) noexcept
    {
        Thread& thread = at(running);
        if (thread.pending) {
            if (!mutexes_.has_relocked(running)) {
                return;
            }
            if (thread.runs_once != nobody) {
                meetings_.finish_once(running);
                return;
            }
            thread.pending = false;
            if (thread.joined != nobody) {
                at(thread.joined).alive = false;
                thread.joined = nobody;
            }
            thread.report.milliseconds = now();
            journal_->add(thread.report);
            return;
        }
        if (running == main_thread) {
            proceed_main(thread);
        } else {
            const Step& step = script_.steps[index(running)][index(thread.step)];
            begin(running, thread.step++);
            take(running, step);
        }
    }

    void begin(int thread, int step) noexcept
    {
        at(thread).report = {thread, step, Outcome::done, 0, 0};
        at(thread).pending = true;
    }

    void refuse_unless_it_lives(int thread, const Thread& target) noexcept
    {
        if (!target.lives()) {
            refuse(thread, pegplan::Error::no_thread);
        }
    }

    void take(int self, const Step& step) noexcept
    {
        Thread& thread = at(self);
        Thread& target = at(step.worker());
        switch (step.action) {
        case Action::yield: to_back(thread); break;
        case Action::sleep: sleep_unless_over(thread, step.amount); break;
        case Action::sleep_until: sleep_unless_over(thread, limit_until(step)); break;
        case Action::suspend:
            refuse_unless_it_lives(self, target);
            suspend(target);
            break;
        case Action::resume:
            refuse_unless_it_lives(self, target);
            resume(target);
            break;
        case Action::set_priority:
            refuse_unless_it_lives(self, target);
            set_priority(target, step.amount);
            break;
        case Action::set_wrong_priority: refuse(self, pegplan::Error::priority_out_of_range); break;
        case Action::spawn: spawn(self, step.target, step.amount); break;
        case Action::spawn_wrongly: spawn_wrongly(self, mistake_of(step)); break;
        case Action::join: join(self, step.target, step.amount); break;
        case Action::join_until: join(self, step.target, limit_until(step)); break;
        case Action::join_forever:
            if (thread.holds == std::array<bool, mutex_count>{}) {
                join(self, step.target, never);
            } else {
                report(self, Outcome::skipped);
            }
            break;
        case Action::detach:
        case Action::drop: detach(self, target); break;
        case Action::ask_finished:
            if (may_join(self, target)) {
                report(self, Outcome::done, target.finished);
            } else {
                report(self, Outcome::skipped);
            }
            break;
        case Action::ask_priority: report(self, Outcome::done, target.exists() ? target.priority : 0); break;
        case Action::ask_base_priority:
            report(self, Outcome::done, target.exists() ? target.base_priority : 0);
            break;
        case Action::ask_state: report(self, Outcome::done, static_cast<int>(state_of(target))); break;
        case Action::ask_name:
            report(self, Outcome::done, static_cast<int>(target.exists() ? NameSeen::its_own : NameSeen::none));
            break;
        case Action::end:
        case Action::exit: end(self, step.action == Action::end); break;
        default: take_of_primitive(self, step); break;
        }
    }

    /// The limit of a wait has passed.
    void give_up(Thread& thread, WaitFor what) noexcept
    {
        if (what == WaitFor::writing) {
            rw_lock_.admit();
        } else if (what == WaitFor::pipe_read || what == WaitFor::pipe_write) {
            Pipe::finish(thread, what);
        }
    }

    /// A timer has expired.
    void expire(Expiry what) noexcept
    {
        switch (what) {
        case Expiry::release: semaphores_.release(0, 1); break;
        case Expiry::set_flags: flags_.set(flags_of_timer); break;
        case Expiry::send: queues_.send_now(0, message_of_timer, false); break;
        case Expiry::notify_all: mutexes_.notify_all(0); break;
        case Expiry::set_priority: set_priority(at(0), priority_of_timer); break;
        case Expiry::suspend: suspend(at(suspended_by_timer)); break;
        case Expiry::count: break;
        }
    }

    void take_of_primitive(int self, const Step& step) noexcept
    {
        static_cast<void>(mutexes_.take(self, step) || robust_.take(self, step) || semaphores_.take(self, step) ||
                          flags_.take(self, step) || queues_.take(self, step) || rw_lock_.take(self, step) ||
                          meetings_.take(self, step) || pipe_.take(self, step) || timers_.take(self, step) ||
                          choices_.take(self, step));
    }

    static StateSeen state_of(const Thread& thread) noexcept
    {
        if (!thread.exists()) {
            return StateSeen::gone;
        }
        if (thread.finished) {
            return StateSeen::finished;
        }
        if (thread.suspended) {
            return StateSeen::suspended;
        }
        return thread.blocked ? StateSeen::blocked : StateSeen::ready;
    }

    void sleep_unless_over(Thread& thread, std::int64_t limit) noexcept
    {
        if (limit > 0) {
            sleep(thread, limit);
        }
    }

    void spawn(int self, int worker, int priority) noexcept
    {
        if (spawned_[index(worker)]) {
            report(self, Outcome::skipped);
            return;
        }
        release_finished();
        spawned_[index(worker)] = true;
        at(worker) = Thread{};
        at(worker).alive = true;
        at(worker).base_priority = priority;
        at(worker).priority = priority;
        at(worker).spawner = self;
        to_back(at(worker));
    }

    void spawn_wrongly(int self, Mistake mistake) noexcept
    {
        using pegplan::Error;
        switch (mistake) {
        case Mistake::null_name: refuse(self, Error::invalid_name); break;
        case Mistake::long_name: refuse(self, Error::name_too_long); break;
        case Mistake::small_stack: refuse(self, Error::stack_too_small); break;
        case Mistake::high_priority: refuse(self, Error::priority_out_of_range); break;
        case Mistake::no_slice: refuse(self, Error::invalid_duration); break;
        case Mistake::huge_stack:
        case Mistake::count:
            release_finished();
            refuse(self, Error::out_of_memory);
            break;
        }
    }

    /// Whether `self` has the handle of the thread.
    static bool may_join(int self, const Thread& target) noexcept
    {
        return target.spawner == self && target.alive && !target.detached;
    }

    void join(int self, int worker, std::int64_t limit) noexcept
    {
        Thread& target = at(worker);
        if (!may_join(self, target)) {
            report(self, Outcome::skipped);
        } else if (target.finished) {
            take_result(self, target);
            target.alive = false;
        } else {
            wait_unless_over(self, limit, {WaitFor::end_of_thread, worker});
        }
    }

    void take_result(int self, const Thread& target) noexcept
    {
        if (target.has_result) {
            report(self, Outcome::done, target.report.value);
        } else {
            report(self, Outcome::no_result);
        }
    }

    void detach(int self, Thread& target) noexcept
    {
        if (may_join(self, target)) {
            target.detached = true;
            target.alive = !target.finished;
        } else {
            report(self, Outcome::skipped);
        }
    }

    /// The last step: leaves what it holds, one lock after the other, says that it is done, and ends. Leaving a mutex
    /// may let others run in between, so it is a step each.
    void end(int self, bool with_result) noexcept
    {
        Thread& thread = at(self);
        thread.pending = false;
        for (int mutex = 0; mutex < mutex_count; ++mutex) {
            if (thread.holds[index(mutex)]) {
                --thread.step;
                mutexes_.unlock(thread, mutex);
                return;
            }
        }
        if (thread.rw_hold != Hold::none) {
            --thread.step;
            rw_lock_.leave(thread);
            return;
        }
        thread.done = true;
        thread.finished = true;
        robust_.abandon(thread);
        thread.has_result = with_result;
        thread.report.value = self * 100 + thread.step - 1;
        if (thread.detached) {
            thread.alive = false;
            thread.lingers = true;
        }
        // Most urgent first, as in any wait queue; there is at most one.
        for (int joiner = 0; joiner <= main_thread; ++joiner) {
            if (at(joiner).place(WaitFor::end_of_thread, self) != nullptr) {
                wake(at(joiner));
                take_result(joiner, thread);
                at(joiner).joined = self;
            }
        }
    }

    /// Spawns the first workers, then sleeps and resumes everybody until all are done, then joins.
    void proceed_main(Thread& thread) noexcept
    {
        const int step = thread.step++;
        if (step < worker_count) {
            const int priority = script_.first_priority[index(step)];
            begin(main_thread, step);
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
            begin(main_thread, first_join_event + thread.round);
            join(main_thread, thread.round, join_limit);
            ++thread.round;
        } else if (phase == 0) {
            begin(main_thread, sleep_event);
            sleep(thread, 1);
        } else {
            begin(main_thread, sleep_event + phase);
            refuse_unless_it_lives(main_thread, at(phase - 1));
            resume(at(phase - 1));
        }
    }

    bool all_done() const noexcept
    {
        for (std::size_t worker = 0; worker < worker_count; ++worker) {
            if (spawned_[worker] && !threads[worker].done) {
                return false;
            }
        }
        return true;
    }

    const Script& script_;
    Mutexes mutexes_;
    Semaphores semaphores_{*this};
    Flags flags_{*this};
    Queues queues_{*this};
    ReadersWriterLock rw_lock_{*this};
    RobustMutex robust_{*this};
    Meetings meetings_{*this};
    Pipe pipe_{*this};
    Timers timers_{*this};
    Choices choices_{*this, semaphores_, queues_, flags_};
    Journal* journal_ = nullptr;
    std::array<bool, worker_count> spawned_{};
    bool joining_ = false;
};

}  // namespace fuzz
