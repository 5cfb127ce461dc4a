// What the kernel should do with a script, said as plainly as possible.
#pragma once

#include "oracle/callbacks.hpp"
#include "oracle/choices.hpp"
#include "oracle/flags.hpp"
#include "oracle/handles.hpp"
#include "oracle/meetings.hpp"
#include "oracle/model.hpp"
#include "oracle/mutexes.hpp"
#include "oracle/pipe.hpp"
#include "oracle/pools.hpp"
#include "oracle/queues.hpp"
#include "oracle/recursive_mutex.hpp"
#include "oracle/robust_mutex.hpp"
#include "oracle/rw_lock.hpp"
#include "oracle/semaphores.hpp"
#include "oracle/timers.hpp"
#include "oracle/work_queue.hpp"
#include "script.hpp"

#include <pegplan/config/time.hpp>

namespace fuzz {

class Oracle : private Model {
public:
    /// `mistaken`: with a mistake in the order of waiting threads, to see that it is found.
    Oracle(const Script& script, bool mistaken) noexcept : Model{mistaken}, script_{script} {}

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
        const auto expired = [this](int timer) { note_expiry(timer); };
        while (!main.finished) {
            if (const int running = pick(); running >= 0) {
                proceed(running);
                settle_priorities(running);
                serve_due(running, gave_up, expired);
            } else if (!advance_time(gave_up, expired)) {
                return;  // the main thread's waits all have limits: not reached
            }
            call_in_timer_thread();
        }
    }

private:
    /// The running thread goes on: reports the step that is over, and takes the next.
    void proceed(int running) noexcept
    {
        Thread& thread = at(running);
        if (running == work_thread) {
            work_.proceed();
            return;
        }
        if (thread.pending) {
            if (!mutexes_.has_relocked(running) || !go_on(thread)) {
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

    /// What a step does when its thread runs again. Whether it is over.
    bool go_on(Thread& thread) noexcept
    {
        switch (thread.next) {
        case Next::nothing: return true;
        case Next::call:
        case Next::sleep:
        case Next::end_of_call: return callbacks_.go_on(thread);
        default: return work_.go_on(thread);
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
        case Action::spawn: handles_.spawn(self, step.target, step.amount); break;
        case Action::spawn_wrongly: handles_.spawn_wrongly(self, mistake_of(step)); break;
        case Action::join: handles_.join(self, step.target, step.amount); break;
        case Action::join_until: handles_.join(self, step.target, limit_until(step)); break;
        case Action::join_forever:
            if (thread.holds == std::array<bool, mutex_count>{}) {
                handles_.join(self, step.target, never);
            } else {
                report(self, Outcome::skipped);
            }
            break;
        case Action::detach:
        case Action::drop: handles_.detach(self, target); break;
        case Action::ask_finished:
            if (handles_.may_join(self, target)) {
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

    /// A timer has expired: its function is called at once, or by the timer thread.
    void note_expiry(int timer) noexcept
    {
        if (timer == delay_timer) {
            work_.expire();
        } else if (pegplan::config::timer_callbacks_in_thread) {
            if (std::find(to_be_called_.begin(), to_be_called_.begin() + call_count_, timer) ==
                to_be_called_.begin() + call_count_) {
                to_be_called_[index(call_count_++)] = timer;
            }
        } else {
            expire(static_cast<Expiry>(timer));
        }
    }

    /// It is more urgent than all others, and so calls them before anybody else does anything. (With ceilings it would not be: a
    /// mutex without one of its own has the highest priority.)
    void call_in_timer_thread() noexcept
    {
        static_assert(!(pegplan::config::timer_callbacks_in_thread && pegplan::config::mutex_ceiling),
                      "the oracle has rules for the timer thread and for ceilings, but not for both at once");
        for (int number = 0; number < call_count_; ++number) {
            expire(static_cast<Expiry>(to_be_called_[index(number)]));
            settle_priorities(nobody);
        }
        call_count_ = 0;
    }

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
        static_cast<void>(mutexes_.take(self, step) || robust_.take(self, step) || recursive_.take(self, step) ||
                          semaphores_.take(self, step) || flags_.take(self, step) || queues_.take(self, step) ||
                          rw_lock_.take(self, step) || meetings_.take(self, step) || callbacks_.take(self, step) ||
                          pipe_.take(self, step) || timers_.take(self, step) || choices_.take(self, step) ||
                          work_.take(self, step) || pools_.take(self, step));
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
        if (recursive_.leave(thread) || callbacks_.remove(self)) {
            --thread.step;
            return;
        }
        pools_.leave(self);
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
                handles_.take_result(joiner, thread);
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
                handles_.spawn(main_thread, step, priority);
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
            handles_.join(main_thread, thread.round, join_limit);
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
            if (handles_.was_spawned(worker) && !threads[worker].done) {
                return false;
            }
        }
        return true;
    }

    const Script& script_;
    Handles handles_{*this};
    Mutexes mutexes_{*this};
    Semaphores semaphores_{*this};
    Flags flags_{*this};
    Queues queues_{*this};
    ReadersWriterLock rw_lock_{*this};
    RobustMutex robust_{*this};
    RecursiveMutex recursive_{*this};
    Meetings meetings_{*this};
    Callbacks callbacks_{*this, flags_};
    Pipe pipe_{*this};
    Timers timers_{*this};
    Choices choices_{*this, semaphores_, queues_, flags_};
    WorkQueue work_{*this, mutexes_, semaphores_, flags_};
    Pools pools_{*this};
    std::array<int, timer_count> to_be_called_{};  ///< by the timer thread, the next one first
    int call_count_ = 0;
    Journal* journal_ = nullptr;
    bool joining_ = false;
};

}  // namespace fuzz
