// Plays a script on the kernel.
#pragma once

#include "script.hpp"

#include <pegplan/pegplan.hpp>

#include <optional>

namespace fuzz {

class KernelRun {
public:
    explicit KernelRun(const Script& script) noexcept : script_{script} {}

    /// Plays the script and fills the journal. The caller is the main thread of the script.
    void run(Journal& journal) noexcept
    {
        using namespace std::chrono_literals;
        journal_ = &journal;
        begin_ = pegplan::Clock::now();
        for (int worker = 0; worker < worker_count; ++worker) {
            const int priority = script_.first_priority[index(worker)];
            log(main_thread, worker, priority >= 0 ? spawn(main_thread, worker, priority) : Outcome::skipped, 0);
        }
        while (!all_done()) {
            pegplan::this_thread::sleep_for(1ms);
            log(main_thread, 200, Outcome::done, 0);
            for (int worker = 0; worker < worker_count; ++worker) {
                log(main_thread, 201 + worker, outcome(threads_[index(worker)].resume()), 0);
            }
        }
        for (int worker = 0; worker < worker_count; ++worker) {
            const auto [result, value] = join(main_thread, worker, 1s);
            log(main_thread, 100 + worker, result, value);
        }
        // What others had spawned and nobody joined.
        for (pegplan::JoinHandle<int>& handle : handles_) {
            handle.detach();
        }
    }

private:
    struct Joined {
        Outcome outcome;
        int value;
    };

    static std::size_t index(int number) noexcept { return static_cast<std::size_t>(number); }

    static Outcome outcome(const pegplan::Result<void>& result) noexcept
    {
        return result ? Outcome::done : Outcome::refused;
    }

    void log(int thread, int step, Outcome result, int value) noexcept
    {
        const auto time = std::chrono::floor<std::chrono::milliseconds>(pegplan::Clock::now() - begin_);
        journal_->add({thread, step, result, value, time.count()});
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

    Outcome spawn(int self, int worker, int priority) noexcept
    {
        if (spawned_[index(worker)]) {
            return Outcome::skipped;
        }
        spawned_[index(worker)] = true;
        spawners_[index(worker)] = self;
        auto handle = pegplan::ThreadBuilder{}.stack_size(stack_size).priority(pegplan::Priority{priority}).spawn(
            [this, worker] { return play(worker); });
        // It may have run already; then it has put its own name there.
        threads_[index(worker)] = handle.value().thread();
        handles_[index(worker)] = std::move(handle).value();
        return Outcome::done;
    }

    Joined join(int self, int worker, std::chrono::milliseconds limit) noexcept
    {
        pegplan::JoinHandle<int>& handle = handles_[index(worker)];
        if (spawners_[index(worker)] != self || !handle.joinable()) {
            return {Outcome::skipped, 0};
        }
        const pegplan::Result<int> result = handle.join_for(limit);
        if (result) {
            return {Outcome::done, result.value()};
        }
        return {result.error() == pegplan::Error::timed_out ? Outcome::timed_out : Outcome::no_result, 0};
    }

    int play(int self) noexcept
    {
        threads_[index(self)] = pegplan::this_thread::current();
        for (int step = 0;; ++step) {
            const Step& now = script_.steps[index(self)][index(step)];
            if (now.action == Action::end || now.action == Action::exit) {
                for (int mutex = 0; mutex < mutex_count; ++mutex) {
                    if (holds_[index(self)][index(mutex)]) {
                        unlock(self, mutex);
                    }
                }
                done_[index(self)] = true;
                if (now.action == Action::exit) {
                    pegplan::this_thread::exit();
                }
                return self * 100 + step;
            }
            const auto [result, value] = take(self, now);
            log(self, step, result, value);
        }
    }

    Joined take(int self, const Step& step) noexcept
    {
        const pegplan::Thread target = threads_[index(step.target)];
        const std::chrono::milliseconds limit{step.amount};
        switch (step.action) {
        case Action::yield: pegplan::yield_now(); return {Outcome::done, 0};
        case Action::sleep: pegplan::this_thread::sleep_for(limit); return {Outcome::done, 0};
        case Action::suspend: return {outcome(target.suspend()), 0};
        case Action::resume: return {outcome(target.resume()), 0};
        case Action::set_priority: return {outcome(target.set_priority(pegplan::Priority{step.amount})), 0};
        case Action::spawn: return {spawn(self, step.target, step.amount), 0};
        case Action::join: return join(self, step.target, limit);
        case Action::detach:
            if (spawners_[index(step.target)] != self || !handles_[index(step.target)].joinable()) {
                return {Outcome::skipped, 0};
            }
            handles_[index(step.target)].detach();
            return {Outcome::done, 0};
        case Action::lock:
            if (holds_[index(self)][index(step.target)]) {
                return {Outcome::skipped, 0};
            }
            holds_[index(self)][index(step.target)] = mutexes_[index(step.target)].try_lock_for(limit);
            return {holds_[index(self)][index(step.target)] ? Outcome::done : Outcome::timed_out, 0};
        case Action::unlock:
            if (!holds_[index(self)][index(step.target)]) {
                return {Outcome::skipped, 0};
            }
            unlock(self, step.target);
            return {Outcome::done, 0};
        case Action::end:
        case Action::exit:
        case Action::count: break;
        }
        return {Outcome::skipped, 0};
    }

    void unlock(int self, int mutex) noexcept
    {
        holds_[index(self)][index(mutex)] = false;
        mutexes_[index(mutex)].unlock();
    }

    static constexpr std::size_t stack_size = 8192;

    const Script& script_;
    Journal* journal_ = nullptr;
    pegplan::Clock::time_point begin_;
    std::array<pegplan::JoinHandle<int>, worker_count> handles_{};
    std::array<pegplan::Thread, worker_count> threads_{};
    std::array<int, worker_count> spawners_{-1, -1, -1, -1, -1, -1};
    std::array<bool, worker_count> spawned_{};
    std::array<bool, worker_count> done_{};
    std::array<std::array<bool, mutex_count>, worker_count> holds_{};
    std::array<pegplan::Mutex<>, mutex_count> mutexes_{};
};

}  // namespace fuzz
