// Plays a script on the kernel.
#pragma once

#include "kernel_sync.hpp"
#include "script.hpp"

#include <pegplan/pegplan.hpp>

#include <mutex>
#include <string_view>

namespace fuzz {

class KernelRun {
public:
    /// `when_two_held` is called by a worker that holds two mutexes: a place for a mistake that is seldom met.
    KernelRun(const Script& script, void (*when_two_held)()) noexcept : script_{script}, when_two_held_{when_two_held}
    {
    }

    /// Plays the script and fills the journal. The caller is the main thread of the script.
    void run(Journal& journal) noexcept
    {
        using namespace std::chrono_literals;
        journal_ = &journal;
        begin_ = pegplan::Clock::now();
        for (int worker = 0; worker < worker_count; ++worker) {
            const int priority = script_.first_priority[index(worker)];
            log(main_thread, worker, priority >= 0 ? spawn(main_thread, worker, priority) : skipped);
        }
        while (!all_done()) {
            pegplan::this_thread::sleep_for(1ms);
            log(main_thread, sleep_event, done);
            for (int worker = 0; worker < worker_count; ++worker) {
                log(main_thread, sleep_event + 1 + worker, said(threads_[index(worker)].resume()));
            }
        }
        for (int worker = 0; worker < worker_count; ++worker) {
            log(main_thread, first_join_event + worker, join(main_thread, worker, [](pegplan::JoinHandle<int>& handle) {
                    return handle.join_for(std::chrono::milliseconds{join_limit});
                }));
        }
        sync_.finish();
        // What others had spawned and nobody joined.
        for (pegplan::JoinHandle<int>& handle : handles_) {
            handle.detach();
        }
    }

private:
    void log(int thread, int step, const Answer& answer) noexcept
    {
        const auto time = std::chrono::floor<std::chrono::milliseconds>(pegplan::Clock::now() - begin_);
        journal_->add({thread, step, answer.outcome, answer.value, time.count()});
    }

    bool all_done() const noexcept
    {
        for (std::size_t worker = 0; worker < worker_count; ++worker) {
            if (spawned_[worker] && !done_[worker]) {
                return false;
            }
        }
        return true;
    }

    Answer spawn(int self, int worker, int priority) noexcept
    {
        if (spawned_[index(worker)]) {
            return skipped;
        }
        spawned_[index(worker)] = true;
        spawners_[index(worker)] = self;
        auto handle = pegplan::ThreadBuilder{}
                          .name(names[index(worker)])
                          .stack_size(stack_size)
                          .priority(pegplan::Priority{priority})
                          .time_slice(std::chrono::milliseconds{1})
                          .spawn([this, worker] { return play(worker); });
        // It may have run already; then it has put its own name there.
        threads_[index(worker)] = handle.value().thread();
        handles_[index(worker)] = std::move(handle).value();
        return done;
    }

    Answer spawn_wrongly(Mistake mistake) noexcept
    {
        using namespace std::chrono_literals;
        pegplan::ThreadBuilder builder;
        switch (mistake) {
        case Mistake::null_name: builder.name(nullptr); break;
        case Mistake::long_name: builder.name(too_long_a_name); break;
        case Mistake::small_stack: builder.stack_size(pegplan::config::stack_size_min - 1); break;
        case Mistake::high_priority: builder.priority(pegplan::Priority{pegplan::config::num_priorities}); break;
        case Mistake::no_slice: builder.time_slice(0ms); break;
        case Mistake::huge_stack:
        case Mistake::count: builder.stack_size(SIZE_MAX / 2); break;
        }
        const auto handle = builder.spawn([] {});
        return handle ? done : refused(handle.error());
    }

    bool may_join(int self, int worker) const noexcept
    {
        return spawners_[index(worker)] == self && handles_[index(worker)].joinable();
    }

    template <class Join>
    Answer join(int self, int worker, const Join& how) noexcept
    {
        if (!may_join(self, worker)) {
            return skipped;
        }
        const pegplan::Result<int> result = how(handles_[index(worker)]);
        if (result) {
            return answered(result.value());
        }
        switch (result.error()) {
        case pegplan::Error::timed_out: return {Outcome::timed_out};
        case pegplan::Error::no_result: return {Outcome::no_result};
        default: return refused(result.error());
        }
    }

    template <class Lock>
    Answer lock(int self, int mutex, const Lock& how) noexcept
    {
        bool& holds = holds_[index(self)][index(mutex)];
        if (holds) {
            return skipped;
        }
        holds = how(mutexes_[index(mutex)]);
        if (std::ranges::count(holds_[index(self)], true) == 2) {
            when_two_held_();
        }
        return holds ? done : Answer{Outcome::timed_out};
    }

    Answer unlock(int self, int mutex) noexcept
    {
        if (!holds_[index(self)][index(mutex)]) {
            return skipped;
        }
        holds_[index(self)][index(mutex)] = false;
        mutexes_[index(mutex)].unlock();
        return done;
    }

    template <class Wait>
    Answer wait(int self, int mutex, const Wait& how) noexcept
    {
        if (!may_wait_for_condition(holds_[index(self)], mutex)) {
            return skipped;
        }
        std::unique_lock lock{mutexes_[index(mutex)], std::adopt_lock};
        const pegplan::WaitStatus status = how(conditions_[index(mutex)], lock);
        lock.release();
        return status == pegplan::WaitStatus::notified ? done : Answer{Outcome::timed_out};
    }

    int play(int self) noexcept
    {
        threads_[index(self)] = pegplan::this_thread::current();
        for (int step = 0;; ++step) {
            const Step& now = script_.steps[index(self)][index(step)];
            if (now.action == Action::end || now.action == Action::exit) {
                for (int mutex = 0; mutex < mutex_count; ++mutex) {
                    unlock(self, mutex);
                }
                sync_.leave(self);
                done_[index(self)] = true;
                if (now.action == Action::exit) {
                    pegplan::this_thread::exit();
                }
                return self * 100 + step;
            }
            log(self, step, take(self, now, step));
        }
    }

    Answer take(int self, const Step& step, int number) noexcept
    {
        using Handle = pegplan::JoinHandle<int>;
        using Mutex = pegplan::Mutex<>;
        const pegplan::Thread target = threads_[index(step.worker())];
        const std::chrono::milliseconds limit{step.amount};
        const pegplan::Clock::time_point moment = begin_ + std::chrono::milliseconds{step.time()};
        switch (step.action) {
        case Action::yield: pegplan::yield_now(); return done;
        case Action::sleep: pegplan::this_thread::sleep_for(limit); return done;
        case Action::sleep_until: pegplan::this_thread::sleep_until(moment); return done;
        case Action::suspend: return said(target.suspend());
        case Action::resume: return said(target.resume());
        case Action::set_priority: return said(target.set_priority(pegplan::Priority{step.amount}));
        case Action::set_wrong_priority:
            return said(target.set_priority(
                pegplan::Priority{step.amount % 2 == 0 ? pegplan::config::num_priorities : -1}));
        case Action::spawn: return spawn(self, step.target, step.amount);
        case Action::spawn_wrongly: return spawn_wrongly(mistake_of(step));
        case Action::join: return join(self, step.target, [&](Handle& handle) { return handle.join_for(limit); });
        case Action::join_until:
            return join(self, step.target, [&](Handle& handle) { return handle.join_until(moment); });
        case Action::join_forever:
            if (holds_[index(self)] != std::array<bool, mutex_count>{}) {
                return skipped;
            }
            return join(self, step.target, [](Handle& handle) { return handle.join(); });
        case Action::detach:
        case Action::drop:
            if (!may_join(self, step.target)) {
                return skipped;
            }
            if (step.action == Action::detach) {
                handles_[index(step.target)].detach();
            } else {
                handles_[index(step.target)] = Handle{};
            }
            return done;
        case Action::ask_finished:
            return may_join(self, step.target) ? answered(handles_[index(step.target)].is_finished()) : skipped;
        case Action::lock: return lock(self, step.target, [&](Mutex& mutex) { return mutex.try_lock_for(limit); });
        case Action::try_lock: return lock(self, step.target, [](Mutex& mutex) { return mutex.try_lock(); });
        case Action::lock_until:
            return lock(self, step.target, [&](Mutex& mutex) { return mutex.try_lock_until(moment); });
        case Action::lock_forever:
            if (!may_lock_forever(holds_[index(self)], step.target)) {
                return skipped;
            }
            return lock(self, step.target, [](Mutex& mutex) {
                mutex.lock();
                return true;
            });
        case Action::unlock: return unlock(self, step.target);
        case Action::ask_priority: return answered(target.priority().level());
        case Action::ask_base_priority: return answered(target.base_priority().level());
        case Action::ask_state: return answered(state_seen(target.stats().state));
        case Action::ask_name: return answered(name_seen(target.name(), step.target));
        case Action::wait_condition:
            return wait(self, step.target, [&](auto& condition, auto& lock) {
                return condition.wait_for(lock, limit);
            });
        case Action::wait_condition_until:
            return wait(self, step.target, [&](auto& condition, auto& lock) {
                return condition.wait_until(lock, moment);
            });
        case Action::notify_one: conditions_[index(step.target)].notify_one(); return done;
        case Action::notify_all: conditions_[index(step.target)].notify_all(); return done;
        default: return sync_.take(self, step, message_of(self, number), begin_);
        }
    }

    static StateSeen state_seen(pegplan::ThreadState state) noexcept
    {
        switch (state) {
        case pegplan::ThreadState::ready: return StateSeen::ready;
        case pegplan::ThreadState::blocked: return StateSeen::blocked;
        case pegplan::ThreadState::suspended: return StateSeen::suspended;
        case pegplan::ThreadState::finished: return StateSeen::finished;
        case pegplan::ThreadState::gone: break;
        }
        return StateSeen::gone;
    }

    static NameSeen name_seen(std::string_view name, int worker) noexcept
    {
        if (name.empty()) {
            return NameSeen::none;
        }
        return name == names[index(worker)] ? NameSeen::its_own : NameSeen::another;
    }

    /// A template, since only with MUTEX_CEILING mutexes can be given one.
    template <class Mutex>
    static std::array<Mutex, mutex_count> make_mutexes() noexcept
    {
        if constexpr (pegplan::config::mutex_ceiling) {
            constexpr pegplan::PriorityCeiling ceiling{pegplan::Priority{given_ceiling}};
            static_assert(mutex_count == 3 && mutex_without_ceiling == 1);
            return {Mutex{ceiling}, Mutex{}, Mutex{ceiling}};
        } else {
            return {};
        }
    }

    static constexpr std::size_t stack_size = 8192;
    static constexpr std::string_view too_long_a_name{
        "a name that is by far longer than any menu lets the name of a thread be"};
    static_assert(too_long_a_name.size() > pegplan::config::thread_name_max);
    static constexpr std::array<std::string_view, worker_count> names{"anna",  "bernd", "clara",
                                                                      "david", "emma",  "fritz"};

    const Script& script_;
    void (*when_two_held_)();
    Journal* journal_ = nullptr;
    pegplan::Clock::time_point begin_;
    std::array<pegplan::JoinHandle<int>, worker_count> handles_{};
    std::array<pegplan::Thread, worker_count> threads_{};
    std::array<int, worker_count> spawners_{-1, -1, -1, -1, -1, -1};
    std::array<bool, worker_count> spawned_{};
    std::array<bool, worker_count> done_{};
    std::array<std::array<bool, mutex_count>, worker_count> holds_{};
    std::array<pegplan::Mutex<>, mutex_count> mutexes_ = make_mutexes<pegplan::Mutex<>>();
    std::array<pegplan::ConditionVariable, mutex_count> conditions_{};
    KernelSync sync_{{threads_, conditions_}};
};

}  // namespace fuzz
