// The pipe as the oracle sees it. What the running thread brings or wants goes first as long as nobody waits for the
// same; bytes are moved in pieces as large as there is room for, which decides when a reader has enough.
#pragma once

#include "model.hpp"

namespace fuzz {

class Pipe {
public:
    explicit Pipe(Model& model) noexcept : model_{model} {}

    /// Plays the step; false if it is about something else.
    bool take(int self, const Step& step) noexcept
    {
        switch (step.action) {
        case Action::write: write(self, step, step.amount); return true;
        case Action::try_write: write(self, step, 0); return true;
        case Action::write_until: write(self, step, model_.limit_until(step)); return true;
        case Action::read: read(self, step, step.least_bytes(), step.amount); return true;
        case Action::try_read: read(self, step, 1, 0); return true;
        case Action::read_until: read(self, step, step.least_bytes(), model_.limit_until(step)); return true;
        case Action::clear_pipe:
            used_ = 0;
            serve();
            return true;
        case Action::ask_pipe_size: model_.report(self, Outcome::done, static_cast<int>(used_)); return true;
        default: return false;
        }
    }

    /// Reports what has been moved, at the end of a wait or without one.
    static void finish(Model::Thread& thread, WaitFor what) noexcept
    {
        const Transfer& transfer = thread.transfer;
        thread.report.outcome = Outcome::done;
        thread.report.value = what == WaitFor::pipe_write ? static_cast<int>(transfer.moved)
                                                          : digest({transfer.bytes.data(), transfer.moved});
    }

private:
    /// Whether any byte could be moved.
    bool put(Transfer& transfer) noexcept
    {
        const std::size_t before = used_;
        while (transfer.moved < transfer.size && used_ < pipe_capacity) {
            bytes_[used_++] = transfer.bytes[transfer.moved++];
        }
        return used_ > before;
    }

    bool get(Transfer& transfer) noexcept
    {
        const std::size_t before = used_;
        while (transfer.moved < transfer.size && used_ > 0) {
            transfer.bytes[transfer.moved++] = bytes_.front();
            std::rotate(bytes_.begin(), bytes_.begin() + 1, bytes_.end());
            --used_;
        }
        return used_ < before;
    }

    /// Whose turn it is of those who wait: one who has begun goes on before those who are more urgent.
    Model::Thread* next(WaitFor what) noexcept
    {
        for (Model::Thread& thread : model_.threads) {
            if (thread.place(what, 0) != nullptr && thread.transfer.moved > 0) {
                return &thread;
            }
        }
        return model_.first_waiter(what, 0);
    }

    /// The next reader and the next writer that wait get what they can, until nothing moves.
    void serve() noexcept
    {
        for (bool moves = true; moves;) {
            moves = false;
            if (Model::Thread* const reader = next(WaitFor::pipe_read)) {
                moves = get(reader->transfer);
                if (reader->transfer.moved >= reader->transfer.at_least) {
                    finish(*reader, WaitFor::pipe_read);
                    model_.wake(*reader);
                }
            }
            if (Model::Thread* const writer = next(WaitFor::pipe_write)) {
                moves = put(writer->transfer) || moves;
                if (writer->transfer.moved == writer->transfer.size) {
                    finish(*writer, WaitFor::pipe_write);
                    model_.wake(*writer);
                }
            }
        }
    }

    void write(int self, const Step& step, std::int64_t limit) noexcept
    {
        Model::Thread& thread = model_.at(self);
        Transfer& transfer = thread.transfer = {.size = step.bytes()};
        for (std::size_t number = 0; number < most_bytes; ++number) {
            transfer.bytes[number] = byte_of(message_of(self, thread.report.step), number);
        }
        if (model_.count_waiters(WaitFor::pipe_write, 0) == 0) {
            while (put(transfer)) {
                serve();
            }
        }
        if (transfer.moved < transfer.size && limit > 0) {
            model_.wait(thread, limit, {WaitFor::pipe_write});
        } else {
            finish(thread, WaitFor::pipe_write);
        }
    }

    void read(int self, const Step& step, std::size_t at_least, std::int64_t limit) noexcept
    {
        Model::Thread& thread = model_.at(self);
        Transfer& transfer = thread.transfer = {.size = step.bytes(), .at_least = at_least};
        if (model_.count_waiters(WaitFor::pipe_read, 0) == 0) {
            while (get(transfer)) {
                serve();
            }
        }
        if (transfer.moved < at_least && limit > 0) {
            model_.wait(thread, limit, {WaitFor::pipe_read});
        } else {
            finish(thread, WaitFor::pipe_read);
        }
    }

    Model& model_;
    std::array<std::uint8_t, pipe_capacity> bytes_{};
    std::size_t used_ = 0;
};

}  // namespace fuzz
