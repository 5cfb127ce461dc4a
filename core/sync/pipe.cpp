// Pipes. Of the writers that wait, the first one's bytes go in as room comes, before those of anybody else; likewise the
// first reader gets what comes in. Both copies are made by whoever makes the room or brings the bytes, so that nobody is
// woken for a part of what it wants.
//
// Whoever has begun goes on before those who are more urgent, so that nobody's bytes stand among another's.
//
// Invariants, outside of critical sections: readers wait only while the pipe is empty, writers only while it is full.
#include <pegplan/pipe.hpp>

#include "core/sched/section.hpp"

#include <algorithm>
#include <cstring>

namespace pegplan::kernel {

namespace {

struct PipeWriter : Waiter {
    PipeWriter(WaitQueue& where, std::span<const std::byte> bytes) noexcept : Waiter{where}, rest{bytes} {}
    std::span<const std::byte> rest;
};

struct PipeReader : Waiter {
    PipeReader(WaitQueue& where, std::span<std::byte> bytes, std::size_t minimum) noexcept
        : Waiter{where}, rest{bytes}, at_least{minimum}
    {
    }
    std::span<std::byte> rest;
    std::size_t at_least;  ///< of the rest
};

/// Whose turn it is, or null. `begun` may have given up: then its thread has not run since, which would forget it.
Waiter* next_of(const WaitQueue& queue, Waiter* begun) noexcept
{
    return begun != nullptr && begun->in_ring() ? begun : queue.front();
}

}  // namespace

PipeCore::~PipeCore()
{
    invariant(readers_.empty() && writers_.empty(), "a pipe was destroyed while threads waited for it");
}

/// Copies in as much as there is room for.
std::size_t PipeCore::put(std::span<const std::byte> from) noexcept
{
    const std::size_t count = std::min(from.size(), bytes_.size() - used_);
    const std::size_t end = (first_ + used_) % bytes_.size();
    const std::size_t straight = std::min(count, bytes_.size() - end);
    std::memcpy(bytes_.data() + end, from.data(), straight);
    std::memcpy(bytes_.data(), from.data() + straight, count - straight);
    used_ += count;
    return count;
}

/// Copies out as much as there is.
std::size_t PipeCore::take(std::span<std::byte> to) noexcept
{
    const std::size_t count = std::min(to.size(), used_);
    const std::size_t straight = std::min(count, bytes_.size() - first_);
    std::memcpy(to.data(), bytes_.data() + first_, straight);
    std::memcpy(to.data() + straight, bytes_.data(), count - straight);
    first_ = (first_ + count) % bytes_.size();
    used_ -= count;
    return count;
}

/// Moves bytes between the pipe and those who wait, as long as any can be moved.
void PipeCore::serve_waiters() noexcept
{
    Cpu& cpu = this_cpu();
    for (bool moved = true; moved;) {
        moved = false;
        auto* const reader = static_cast<PipeReader*>(next_of(readers_, begun_reader_));
        if (reader != nullptr && used_ > 0) {
            const std::size_t count = take(reader->rest);
            reader->rest = reader->rest.subspan(count);
            reader->at_least -= std::min(count, reader->at_least);
            begun_reader_ = reader->at_least > 0 ? reader : nullptr;
            // One whose limit has just passed has got what it waited for all the same.
            if (reader->at_least == 0 && claim(readers_, *reader)) {
                wake(cpu, *reader->thread, reader, WakeReason::woken);
            }
            moved = true;
        }
        auto* const writer = static_cast<PipeWriter*>(next_of(writers_, begun_writer_));
        if (writer != nullptr && used_ < bytes_.size()) {
            writer->rest = writer->rest.subspan(put(writer->rest));
            begun_writer_ = !writer->rest.empty() ? writer : nullptr;
            if (writer->rest.empty() && claim(writers_, *writer)) {
                wake(cpu, *writer->thread, writer, WakeReason::woken);
            }
            moved = true;
        }
    }
}

std::size_t PipeCore::write(std::span<const std::byte> from, Deadline deadline) noexcept
{
    Section section{lock_};
    PipeWriter writer{writers_, from};
    if (writers_.empty()) {
        while (!writer.rest.empty() && used_ < bytes_.size()) {
            writer.rest = writer.rest.subspan(put(writer.rest));
            serve_waiters();
        }
    }
    if (!writer.rest.empty()) {
        if (writer.rest.size() < from.size()) {
            begun_writer_ = &writer;
        }
        if (section.wait(writer, deadline) == WakeReason::timed_out) {
            section.resume();
            begun_writer_ = begun_writer_ == &writer ? nullptr : begun_writer_;
        }
    }
    return from.size() - writer.rest.size();
}

std::size_t PipeCore::read(std::span<std::byte> to, std::size_t at_least, Deadline deadline) noexcept
{
    Section section{lock_};
    PipeReader reader{readers_, to, std::min(at_least, to.size())};
    if (readers_.empty()) {
        while (!reader.rest.empty() && used_ > 0) {
            const std::size_t count = take(reader.rest);
            reader.rest = reader.rest.subspan(count);
            reader.at_least -= std::min(count, reader.at_least);
            serve_waiters();
        }
    }
    if (reader.at_least > 0) {
        if (reader.rest.size() < to.size()) {
            begun_reader_ = &reader;
        }
        if (section.wait(reader, deadline) == WakeReason::timed_out) {
            section.resume();
            begun_reader_ = begun_reader_ == &reader ? nullptr : begun_reader_;
        }
    }
    return to.size() - reader.rest.size();
}

void PipeCore::clear() noexcept
{
    const Section section{lock_};
    used_ = 0;
    serve_waiters();
}

}  // namespace pegplan::kernel
