// Plays the steps that are about the latch, the barrier and the pipe on the kernel.
#pragma once

#include "answer.hpp"

#include <pegplan/pegplan.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

namespace fuzz {

class KernelMeetings {
public:
    /// The latch, the barrier, and what is asked of the pipe as a whole.
    Answer take(const Step& step, std::chrono::milliseconds limit, pegplan::Clock::time_point moment) noexcept
    {
        switch (step.action) {
        case Action::count_down:
            if (step.units() > latch_left_) {
                return skipped;
            }
            latch_left_ -= step.units();
            latch_.count_down(step.units());
            return done;
        case Action::wait_latch: return waited(latch_.wait_for(limit));
        case Action::try_latch: return waited(latch_.try_wait());
        case Action::wait_latch_until: return waited(latch_.wait_until(moment));
        case Action::arrive: return waited(barrier_.arrive_and_wait_for(limit));
        case Action::arrive_until: return waited(barrier_.arrive_and_wait_until(moment));
        case Action::drop_from_barrier:
            if (group_ == 1) {
                return skipped;
            }
            --group_;
            barrier_.arrive_and_drop();
            return done;
        case Action::clear_pipe: pipe_.clear(); return done;
        case Action::ask_pipe_size: return answered(pipe_.size());
        default: return skipped;
        }
    }

    Answer take_pipe(const Step& step, int message, std::chrono::milliseconds limit,
                     pegplan::Clock::time_point moment) noexcept
    {
        std::array<std::uint8_t, most_bytes> bytes{};
        for (std::size_t number = 0; number < most_bytes; ++number) {
            bytes[number] = byte_of(message, number);
        }
        const std::span<std::uint8_t> used{bytes.data(), step.bytes()};
        const std::span<std::byte> memory = std::as_writable_bytes(used);
        const std::size_t least = step.least_bytes();
        const auto seen = [used](std::size_t count) { return answered(digest(used.first(count))); };
        switch (step.action) {
        case Action::write: return answered(pipe_.write_for(memory, limit));
        case Action::try_write: return answered(pipe_.try_write(memory));
        case Action::write_until: return answered(pipe_.write_until(memory, moment));
        case Action::read: return seen(pipe_.read_for(memory, limit, least));
        case Action::try_read: return seen(pipe_.try_read(memory));
        case Action::read_until: return seen(pipe_.read_until(memory, moment, least));
        default: return skipped;
        }
    }

private:
    pegplan::Latch latch_{latch_begin};
    int latch_left_ = latch_begin;
    pegplan::Barrier<> barrier_{barrier_group};
    int group_ = barrier_group;
    pegplan::Pipe<pipe_capacity> pipe_;
};

}  // namespace fuzz
