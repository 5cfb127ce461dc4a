// Plays the steps that are about primitives of which no thread is the owner, on the kernel.
#pragma once

#include "answer.hpp"
#include "kernel_meetings.hpp"
#include "kernel_pools.hpp"
#include "kernel_raw_queue.hpp"
#include "kernel_recursive.hpp"
#include "kernel_robust.hpp"
#include "kernel_work.hpp"
#include "script.hpp"

#include <pegplan/pegplan.hpp>

#include <array>
#include <chrono>
#include <optional>
#include <utility>

namespace fuzz {

/// What timers reach that is not among these primitives.
struct Reach {
    const std::array<pegplan::Thread, worker_count>& threads;
    std::array<pegplan::ConditionVariable, mutex_count>& conditions;
};

class KernelSync {
public:
    explicit KernelSync(const Reach& reach) noexcept : reach_{reach} {}

    /// `message`: what the step sends, if it sends anything.
    Answer take(int self, const Step& step, int message, pegplan::Clock::time_point begin) noexcept
    {
        const Milliseconds limit{step.amount};
        const Moment moment = begin + Milliseconds{step.time()};
        switch (text_of(step.action).target) {
        case Operand::semaphore: return take_semaphore(step, limit, moment);
        case Operand::flags: return take_flags(step, limit, moment);
        case Operand::queue:
            return step.target == 0 ? take_queue(queue_, step, message, limit, moment)
                                    : take_queue(mailbox_, step, message, limit, moment);
        case Operand::bytes: return meetings_.take_pipe(step, message, limit, moment);
        case Operand::stop_source: return take_stop(self, step, limit, moment);
        case Operand::choice: return take_choice(step, message, limit, moment);
        case Operand::second_choice: return take_second_choice(step, limit);
        case Operand::once: return call_once(step, limit);
        case Operand::timer: return take_timer(step, moment);
        case Operand::work: return work_.take(step, limit, moment);
        default: break;
        }
        if (step.action >= Action::lock_rw && step.action <= Action::ask_readers) {
            return take_rw_lock(self, step, limit, moment);
        }
        if (step.action >= Action::lock_robust && step.action <= Action::unlock_robust) {
            return robust_.take(self, step, limit, moment);
        }
        if (step.action >= Action::lock_recursive && step.action <= Action::unlock_recursive) {
            return recursive_.take(self, step, limit, moment);
        }
        if (step.action >= Action::send_raw && step.action <= Action::ask_raw_size) {
            return raw_queue_.take(step, message, limit, moment);
        }
        if (step.action == Action::remove_callback) {
            return remove_callback(self) ? done : skipped;
        }
        if (step.action >= Action::start_queue && step.action <= Action::ask_delayed) {
            return work_.take(step, limit, moment);
        }
        if (step.action >= Action::allocate_block && step.action <= Action::ask_objects) {
            return pools_.take(self, step);
        }
        return meetings_.take(step, limit, moment);
    }

    /// The worker ends: it leaves everything but the robust mutex.
    void leave(int self) noexcept
    {
        leave_rw_lock(self);
        recursive_.leave(self);
        remove_callback(self);
        pools_.leave(self);
    }

    /// All workers have ended.
    void finish() noexcept { work_.finish(); }

private:
    using Milliseconds = std::chrono::milliseconds;
    using Moment = pegplan::Clock::time_point;

    /// Whether it was held.
    bool leave_rw_lock(int self) noexcept
    {
        switch (std::exchange(rw_holds_[index(self)], Hold::none)) {
        case Hold::none: return false;
        case Hold::reading: rw_lock_.unlock_shared(); return true;
        case Hold::writing: rw_lock_.unlock(); return true;
        }
        return false;
    }

    Answer take_semaphore(const Step& step, Milliseconds limit, Moment moment) noexcept
    {
        pegplan::Semaphore& semaphore = semaphores_[index(step.target)];
        switch (step.action) {
        case Action::acquire: return waited(semaphore.try_acquire_for(limit));
        case Action::try_acquire: return waited(semaphore.try_acquire());
        case Action::acquire_until: return waited(semaphore.try_acquire_until(moment));
        case Action::release: return said(semaphore.try_release(step.units()));
        case Action::ask_units: return answered(semaphore.value());
        default: return skipped;
        }
    }

    Answer take_flags(const Step& step, Milliseconds limit, Moment moment) noexcept
    {
        using pegplan::EventFlags;
        const EventFlags::Flags mask = step.flags();
        const auto on_exit = step.clears() ? EventFlags::OnExit::clear : EventFlags::OnExit::keep;
        switch (step.action) {
        case Action::wait_any_flag: return waited(flags_.wait_any_for(mask, limit, on_exit));
        case Action::try_any_flag: return waited(flags_.try_wait_any(mask, on_exit));
        case Action::wait_any_flag_until: return waited(flags_.wait_any_until(mask, moment, on_exit));
        case Action::wait_all_flags: return waited(flags_.wait_all_for(mask, limit, on_exit));
        case Action::try_all_flags: return waited(flags_.try_wait_all(mask, on_exit));
        case Action::wait_all_flags_until: return waited(flags_.wait_all_until(mask, moment, on_exit));
        case Action::set_flags: return answered(flags_.set(mask));
        case Action::clear_flags: return answered(flags_.clear(mask));
        default: return skipped;
        }
    }

    template <class Queue>
    Answer take_queue(Queue& queue, const Step& step, int message, Milliseconds limit, Moment moment) noexcept
    {
        const auto seen = [](const std::optional<int>& next, Outcome otherwise) {
            return next ? answered(*next) : Answer{otherwise};
        };
        switch (step.action) {
        case Action::send: return waited(queue.send_for(message, limit));
        case Action::try_send: return waited(queue.try_send(message));
        case Action::send_until: return waited(queue.send_until(message, moment));
        case Action::send_front: return waited(queue.send_front_for(message, limit));
        case Action::try_send_front: return waited(queue.try_send_front(message));
        case Action::receive: return waited(queue.receive_for(limit));
        case Action::try_receive: return seen(queue.try_receive(), Outcome::timed_out);
        case Action::receive_until: return waited(queue.receive_until(moment));
        case Action::peek: return seen(queue.peek(), Outcome::no_result);
        case Action::ask_size: return answered(queue.size());
        default: return skipped;
        }
    }

    Answer take_rw_lock(int self, const Step& step, Milliseconds limit, Moment moment) noexcept
    {
        Hold& hold = rw_holds_[index(self)];
        if (step.action == Action::unlock_rw) {
            return leave_rw_lock(self) ? done : skipped;
        }
        if (step.action == Action::ask_readers) {
            return answered(rw_lock_.has_writer() ? -1 : static_cast<int>(rw_lock_.readers()));
        }
        if (hold != Hold::none) {
            return skipped;
        }
        bool locked = false;
        switch (step.action) {
        case Action::lock_rw: locked = rw_lock_.try_lock_for(limit); break;
        case Action::try_lock_rw: locked = rw_lock_.try_lock(); break;
        case Action::lock_rw_until: locked = rw_lock_.try_lock_until(moment); break;
        case Action::lock_shared: locked = rw_lock_.try_lock_shared_for(limit); break;
        case Action::try_lock_shared: locked = rw_lock_.try_lock_shared(); break;
        default: locked = rw_lock_.try_lock_shared_until(moment); break;
        }
        if (locked) {
            hold = step.action >= Action::lock_shared ? Hold::reading : Hold::writing;
        }
        return waited(locked);
    }

    Answer take_stop(int self, const Step& step, Milliseconds limit, Moment moment) noexcept
    {
        pegplan::StopSource& source = stop_sources_[index(step.target)];
        switch (step.action) {
        case Action::request_stop: return answered(source.request_stop());
        case Action::ask_stop: return answered(source.token().stop_requested());
        case Action::sleep_or_stop: return waited(pegplan::this_thread::sleep_for(source.token(), limit));
        case Action::sleep_or_stop_until: return waited(pegplan::this_thread::sleep_until(source.token(), moment));
        case Action::add_callback:
            if (callbacks_[index(self)]) {
                return skipped;
            }
            callbacks_[index(self)].emplace(source.token(), OnStop{flags_});
            return done;
        default: return skipped;
        }
    }

    /// Whether there was one.
    bool remove_callback(int self) noexcept
    {
        const bool was_there = callbacks_[index(self)].has_value();
        callbacks_[index(self)].reset();
        return was_there;
    }

    Answer take_choice(const Step& step, int message, Milliseconds limit, Moment moment) noexcept
    {
        const Choice choice = step.choice();
        if (choice.queue == 0) {
            return choice.sends ? choose(step, limit, moment, 0, pegplan::when::sent(queue_, message))
                                : choose(step, limit, moment, message, pegplan::when::received(queue_, message));
        }
        return choice.sends ? choose(step, limit, moment, 0, pegplan::when::sent(mailbox_, message))
                            : choose(step, limit, moment, message, pegplan::when::received(mailbox_, message));
    }

    template <class Case>
    Answer choose(const Step& step, Milliseconds limit, Moment moment, const int& message, Case of_queue) noexcept
    {
        const Choice choice = step.choice();
        const auto acquired = pegplan::when::acquired(semaphores_[index(choice.semaphore)]);
        const auto on_exit = choice.clears ? pegplan::EventFlags::OnExit::clear : pegplan::EventFlags::OnExit::keep;
        const auto any_set = pegplan::when::any_set(flags_, choice.flags, on_exit);
        const pegplan::Result<std::size_t> result =
            step.action == Action::wait_any_until ? pegplan::wait_any_until(moment, acquired, of_queue, any_set)
            : step.action == Action::wait_any     ? pegplan::wait_any_for(limit, acquired, of_queue, any_set)
                                                  : pegplan::wait_any_for(Milliseconds{0}, acquired, of_queue, any_set);
        if (!result) {
            return {Outcome::timed_out};
        }
        return answered(choice_made(result.value(), result.value() == 1 ? message : 0));
    }

    Answer take_second_choice(const Step& step, Milliseconds limit) noexcept
    {
        const SecondChoice choice = step.second_choice();
        const auto acquired = pegplan::when::acquired(semaphores_[index(choice.semaphore)]);
        const auto on_exit = choice.clears ? pegplan::EventFlags::OnExit::clear : pegplan::EventFlags::OnExit::keep;
        const auto any_set = pegplan::when::any_set(flags_, choice.any);
        const auto all_set = pegplan::when::all_set(flags_, choice.all, on_exit);
        const Milliseconds time = step.action == Action::wait_any_again ? limit : Milliseconds{0};
        const auto result = pegplan::wait_any_for(time, acquired, acquired, any_set, all_set);
        return result ? answered(choice_made(result.value(), 0)) : Answer{Outcome::timed_out};
    }

    Answer call_once(const Step& step, Milliseconds limit) noexcept
    {
        bool called = false;
        onces_[index(step.target)].call([&] {
            pegplan::this_thread::sleep_for(limit);
            called = true;
        });
        return answered(called);
    }

    Answer take_timer(const Step& step, Moment moment) noexcept
    {
        pegplan::Timer<OnExpiry>& timer = timers_[index(step.target)];
        switch (step.action) {
        case Action::start_timer: timer.start_once(Milliseconds{step.amount}); return done;
        case Action::start_timer_at: timer.start_once_at(moment); return done;
        case Action::start_periodic: timer.start_periodic(Milliseconds{step.period()}); return done;
        case Action::cancel_timer: return answered(timer.cancel());
        case Action::ask_running: return answered(timer.is_running());
        case Action::ask_remaining: {
            const std::optional<std::chrono::nanoseconds> time = timer.remaining();
            return time ? answered(std::chrono::round<Milliseconds>(*time).count()) : Answer{Outcome::no_result};
        }
        case Action::ask_expirations: return answered(timer.expirations());
        default: return skipped;
        }
    }

    /// In an interrupt.
    void expire(Expiry what) noexcept
    {
        switch (what) {
        case Expiry::release: static_cast<void>(semaphores_[0].try_release()); break;
        case Expiry::set_flags: flags_.set(flags_of_timer); break;
        case Expiry::send: static_cast<void>(queue_.try_send(message_of_timer)); break;
        case Expiry::notify_all: reach_.conditions[0].notify_all(); break;
        case Expiry::set_priority:
            static_cast<void>(reach_.threads[0].set_priority(pegplan::Priority{priority_of_timer}));
            break;
        case Expiry::suspend: static_cast<void>(reach_.threads[suspended_by_timer].suspend()); break;
        case Expiry::count: break;
        }
    }

    /// In the work queue's thread.
    void do_work(Job job) noexcept
    {
        switch (job) {
        case Job::release: static_cast<void>(semaphores_[0].try_release()); break;
        case Job::sleep_and_set_flags:
            pegplan::this_thread::sleep_for(Milliseconds{sleep_of_work});
            flags_.set(flags_of_work);
            break;
        case Job::notify_all: reach_.conditions[condition_of_work].notify_all(); break;
        case Job::count: break;
        }
    }

    struct DoWork {
        KernelSync& sync;
        void operator()(Job job) const noexcept { sync.do_work(job); }
    };

    /// In the thread that requests the stop, or registers too late.
    struct OnStop {
        pegplan::EventFlags& flags;
        void operator()() const noexcept
        {
            flags.set(flags_of_callback);
            pegplan::this_thread::sleep_for(Milliseconds{sleep_of_callback});
        }
    };

    struct OnExpiry {
        KernelSync& sync;
        Expiry what;
        void operator()() const noexcept { sync.expire(what); }
    };

    template <std::size_t... numbers>
    std::array<pegplan::Timer<OnExpiry>, timer_count> make_timers(std::index_sequence<numbers...>) noexcept
    {
        return {pegplan::Timer<OnExpiry>{OnExpiry{*this, static_cast<Expiry>(numbers)}}...};
    }

    /// How a worker has the readers-writer lock.
    enum class Hold : std::uint8_t { none, reading, writing };

    std::array<pegplan::Semaphore, semaphore_count> semaphores_{pegplan::Semaphore{first_units[0], most_units[0]},
                                                                pegplan::Semaphore{first_units[1], most_units[1]}};
    pegplan::EventFlags flags_;
    pegplan::MessageQueue<int, queue_capacity[0]> queue_;
    pegplan::Mailbox<int> mailbox_;
    static_assert(queue_capacity[1] == 0);
    pegplan::RwLock<> rw_lock_;
    std::array<Hold, worker_count> rw_holds_{};
    KernelMeetings meetings_;
    std::array<pegplan::StopSource, stop_source_count> stop_sources_{};
    std::array<pegplan::Once, once_count> onces_{};
    std::array<std::optional<pegplan::StopCallback<OnStop>>, worker_count> callbacks_{};
    KernelRobust robust_;
    KernelRecursive recursive_;
    KernelRawQueue raw_queue_;
    KernelPools pools_;
    Reach reach_;
    KernelWork<DoWork> work_{DoWork{*this}};
    // The last, and so the first to be destroyed: no timer expires after the others are gone.
    std::array<pegplan::Timer<OnExpiry>, timer_count> timers_ = make_timers(std::make_index_sequence<timer_count>{});
};

}  // namespace fuzz
