// Plays the steps that are about primitives of which no thread is the owner, on the kernel.
#pragma once

#include "script.hpp"

#include <pegplan/pegplan.hpp>

#include <chrono>

namespace fuzz {

/// What came of a step.
struct Answer {
    Outcome outcome;
    int value = 0;
};

inline constexpr Answer done{Outcome::done};
inline constexpr Answer skipped{Outcome::skipped};

constexpr std::size_t index(int number) noexcept
{
    return static_cast<std::size_t>(number);
}

template <class Number>
constexpr Answer answered(Number value) noexcept
{
    return {Outcome::done, static_cast<int>(value)};
}

constexpr Answer refused(pegplan::Error error) noexcept
{
    return {Outcome::refused, static_cast<int>(error)};
}

constexpr Answer said(const pegplan::Result<void>& result) noexcept
{
    return result ? done : refused(result.error());
}

/// Of a wait that ends with success or at its limit.
constexpr Answer waited(bool success) noexcept
{
    return success ? done : Answer{Outcome::timed_out};
}

template <class Number>
constexpr Answer waited(const pegplan::Result<Number>& result) noexcept
{
    return result ? answered(result.value()) : Answer{Outcome::timed_out};
}

class KernelSync {
public:
    /// `message`: what the step sends, if it sends anything.
    Answer take(const Step& step, int message, pegplan::Clock::time_point begin) noexcept
    {
        switch (text_of(step.action).target) {
        case Operand::semaphore: return take_semaphore(step, begin);
        case Operand::flags: return take_flags(step, begin);
        case Operand::queue:
            return step.target == 0 ? take_queue(queue_, step, message, begin) : take_queue(mailbox_, step, message, begin);
        default: return skipped;
        }
    }

private:
    using Milliseconds = std::chrono::milliseconds;
    using Moment = pegplan::Clock::time_point;

    Answer take_semaphore(const Step& step, Moment begin) noexcept
    {
        pegplan::Semaphore& semaphore = semaphores_[index(step.target)];
        switch (step.action) {
        case Action::acquire: return waited(semaphore.try_acquire_for(Milliseconds{step.amount}));
        case Action::try_acquire: return waited(semaphore.try_acquire());
        case Action::acquire_until: return waited(semaphore.try_acquire_until(begin + Milliseconds{step.time()}));
        case Action::release: return said(semaphore.try_release(step.units()));
        case Action::ask_units: return answered(semaphore.value());
        default: return skipped;
        }
    }

    Answer take_flags(const Step& step, Moment begin) noexcept
    {
        using pegplan::EventFlags;
        const EventFlags::Flags mask = step.flags();
        const auto on_exit = step.clears() ? EventFlags::OnExit::clear : EventFlags::OnExit::keep;
        const Milliseconds limit{step.amount};
        const Moment moment = begin + Milliseconds{step.time()};
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
    Answer take_queue(Queue& queue, const Step& step, int message, Moment begin) noexcept
    {
        const Milliseconds limit{step.amount};
        const Moment moment = begin + Milliseconds{step.time()};
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

    std::array<pegplan::Semaphore, semaphore_count> semaphores_{pegplan::Semaphore{first_units[0], most_units[0]},
                                                                pegplan::Semaphore{first_units[1], most_units[1]}};
    pegplan::EventFlags flags_;
    pegplan::MessageQueue<int, queue_capacity[0]> queue_;
    pegplan::Mailbox<int> mailbox_;
    static_assert(queue_capacity[1] == 0);
};

}  // namespace fuzz
