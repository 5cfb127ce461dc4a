// Message queues as the oracle sees them; one of no capacity is a mailbox.
#pragma once

#include "model.hpp"

namespace fuzz {

class Queues {
public:
    explicit Queues(Model& model) noexcept : model_{model} {}

    /// Plays the step; false if it is about something else.
    bool take(int self, const Step& step) noexcept
    {
        const int message = message_of(self, model_.at(self).report.step);
        switch (step.action) {
        case Action::send: send(self, step.target, message, false, step.amount); return true;
        case Action::try_send: send(self, step.target, message, false, 0); return true;
        case Action::send_until: send(self, step.target, message, false, model_.limit_until(step)); return true;
        case Action::send_front: send(self, step.target, message, true, step.amount); return true;
        case Action::try_send_front: send(self, step.target, message, true, 0); return true;
        case Action::receive: receive(self, step.target, step.amount); return true;
        case Action::try_receive: receive(self, step.target, 0); return true;
        case Action::receive_until: receive(self, step.target, model_.limit_until(step)); return true;
        case Action::peek: peek(self, step.target); return true;
        case Action::ask_size: ask_size(self, step.target); return true;
        default: return take_raw(self, step, message);
        }
    }

    /// Whether there was a receiver, or room.
    bool send_now(int number, int message, bool in_front) noexcept
    {
        if (Model::Thread* const receiver = model_.first_waiter(WaitFor::message, number)) {
            model_.wake_at(*receiver, *receiver->place(WaitFor::message, number), message);
            return true;
        }
        if (queues_[Model::index(number)].count == queue_capacity[Model::index(number)]) {
            return false;
        }
        put(number, message, in_front);
        return true;
    }

    /// Whether there was a message, or a sender.
    bool receive_now(int number, int& message) noexcept
    {
        Queue& queue = queues_[Model::index(number)];
        Model::Thread* const sender = model_.first_waiter(WaitFor::room, number);
        if (queue.count == 0 && sender == nullptr) {
            return false;
        }
        if (sender != nullptr) {
            const Place& place = *sender->place(WaitFor::room, number);
            if (queue.count == 0) {
                message = place.message;
            } else {
                message = queue.pop();
                put(number, place.message, place.in_front);
            }
            model_.wake_at(*sender, place, 0);
        } else {
            message = queue.pop();
        }
        return true;
    }

private:
    struct Queue {
        std::array<int, *std::ranges::max_element(queue_capacity)> messages{};  ///< the next one first
        std::size_t count = 0;

        int pop() noexcept
        {
            const int first = messages.front();
            std::rotate(messages.begin(), messages.begin() + 1, messages.end());
            --count;
            return first;
        }
    };

    /// The queue of bytes: as the others.
    bool take_raw(int self, const Step& step, int message) noexcept
    {
        switch (step.action) {
        case Action::send_raw: send(self, raw_queue, message, false, step.amount); return true;
        case Action::try_send_raw: send(self, raw_queue, message, false, 0); return true;
        case Action::send_raw_until: send(self, raw_queue, message, false, model_.limit_until(step)); return true;
        case Action::send_raw_front: send(self, raw_queue, message, true, step.amount); return true;
        case Action::try_send_raw_front: send(self, raw_queue, message, true, 0); return true;
        case Action::receive_raw: receive(self, raw_queue, step.amount); return true;
        case Action::try_receive_raw: receive(self, raw_queue, 0); return true;
        case Action::receive_raw_until: receive(self, raw_queue, model_.limit_until(step)); return true;
        case Action::peek_raw: peek(self, raw_queue); return true;
        case Action::ask_raw_size: ask_size(self, raw_queue); return true;
        default: return false;
        }
    }

    void peek(int self, int number) noexcept
    {
        const Queue& queue = queues_[Model::index(number)];
        if (queue.count > 0) {
            model_.report(self, Outcome::done, queue.messages.front());
        } else {
            model_.report(self, Outcome::no_result);
        }
    }

    void ask_size(int self, int number) noexcept
    {
        model_.report(self, Outcome::done, static_cast<int>(queues_[Model::index(number)].count));
    }

    void put(int number, int message, bool in_front) noexcept
    {
        Queue& queue = queues_[Model::index(number)];
        queue.messages[queue.count++] = message;
        if (in_front) {
            std::rotate(queue.messages.begin(), queue.messages.begin() + static_cast<std::ptrdiff_t>(queue.count) - 1,
                        queue.messages.begin() + static_cast<std::ptrdiff_t>(queue.count));
        }
    }

    void send(int self, int number, int message, bool in_front, std::int64_t limit) noexcept
    {
        if (!send_now(number, message, in_front)) {
            model_.wait_unless_over(
                self, limit, {.what = WaitFor::room, .object = number, .message = message, .in_front = in_front});
        }
    }

    void receive(int self, int number, std::int64_t limit) noexcept
    {
        int message = 0;
        if (receive_now(number, message)) {
            model_.report(self, Outcome::done, message);
        } else {
            model_.wait_unless_over(self, limit, {WaitFor::message, number});
        }
    }

    Model& model_;
    std::array<Queue, queue_capacity.size()> queues_{};
};

}  // namespace fuzz
