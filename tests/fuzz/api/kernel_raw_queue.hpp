// Plays the steps that are about a queue of bytes on the kernel.
#pragma once

#include "answer.hpp"

#include <pegplan/pegplan.hpp>

#include <array>
#include <chrono>
#include <cstring>

namespace fuzz {

class KernelRawQueue {
public:
    Answer take(const Step& step, int message, std::chrono::milliseconds limit, pegplan::Clock::time_point moment) noexcept
    {
        Bytes bytes = bytes_of(message);
        switch (step.action) {
        case Action::send_raw: return waited(queue_.send_for(bytes, limit));
        case Action::try_send_raw: return waited(queue_.try_send(bytes));
        case Action::send_raw_until: return waited(queue_.send_until(bytes, moment));
        case Action::send_raw_front: return waited(queue_.send_front_for(bytes, limit));
        case Action::try_send_raw_front: return waited(queue_.try_send_front(bytes));
        case Action::receive_raw: return seen(queue_.receive_for(bytes, limit), bytes, Outcome::timed_out);
        case Action::try_receive_raw: return seen(queue_.try_receive(bytes), bytes, Outcome::timed_out);
        case Action::receive_raw_until: return seen(queue_.receive_until(bytes, moment), bytes, Outcome::timed_out);
        case Action::peek_raw: return seen(queue_.peek(bytes), bytes, Outcome::no_result);
        case Action::ask_raw_size: return answered(queue_.size());
        default: return skipped;
        }
    }

private:
    static constexpr std::size_t size = 7;  ///< no multiple of a word's
    using Bytes = std::array<std::byte, size>;

    /// The message, and behind it bytes that follow from it.
    static Bytes bytes_of(int message) noexcept
    {
        Bytes bytes{};
        std::memcpy(bytes.data(), &message, sizeof message);
        for (std::size_t number = sizeof message; number < size; ++number) {
            bytes[number] = static_cast<std::byte>(message + static_cast<int>(number));
        }
        return bytes;
    }

    /// What has been received; a message that is torn is none of those that are sent.
    static Answer seen(bool success, const Bytes& bytes, Outcome otherwise) noexcept
    {
        if (!success) {
            return {otherwise};
        }
        int message = 0;
        std::memcpy(&message, bytes.data(), sizeof message);
        return answered(bytes == bytes_of(message) ? message : -1);
    }

    pegplan::RawMessageQueue<size, queue_capacity[raw_queue]> queue_;
};

}  // namespace fuzz
