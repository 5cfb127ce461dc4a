// What the threads share, and what must be true of it at the end.
#include "tests/qemu/apps/stress_sync/operations.hpp"

#include <cstring>
#include <span>
#include <string_view>

namespace stress {

namespace {

constexpr std::array<std::string_view, operations> names{
    "nested mutexes", "recursive mutex", "robust mutex", "reading", "writing", "tokens", "signals", "flags", "produce", "consume",
    "sending", "receiving", "any of", "pipe write", "pipe read", "barrier", "once", "sleeping", "stopped", "work"};

}  // namespace

World::World()
{
    for (auto& work : works_) {
        work.emplace(CountWork{this});
    }
}

void World::start()
{
    check(work_queue_.start({.priority = Priority{20}}).has_value(), "the work queue does not start");
}

void World::give_signal()
{
    if (signal_.try_release()) {
        ++signals_given_;
    }
}

void World::set_flag(Random& random)
{
    ++flags_set_;
    flags_.set(1u << random.below(3));
}

void World::send_from_handler(std::uint32_t& sequence)
{
    if (queue_.try_send(Message{handler_as_producer, sequence + 1})) {
        ++sequence;
        ++sent_;
    }
}

void World::submit_work(Random& random)
{
    if (work_queue_.submit(*works_[random.below(work_count)])) {
        ++work_submitted_;
    }
}

void World::take_all()
{
    while (const auto message = queue_.try_receive()) {
        see_received(*message);
    }
    // Records are read by one at a time; who has begun one ends it.
    if (auto have = pipe_reader_.try_lock()) {
        **have += static_cast<int>(pipe_.try_read(std::span{record_}.subspan(static_cast<std::size_t>(**have))));
        if (**have == static_cast<int>(sizeof(Message))) {
            Message message{};
            std::memcpy(&message, record_.data(), sizeof message);
            in_pipe_.see(message);
            ++read_;
            **have = 0;
        }
    }
}

void World::check_end()
{
    while (pipe_.size() > 0) {
        take_all();
    }
    work_queue_.flush_all();
    for (std::size_t index = 0; index < mutex_count; ++index) {
        check(!mutexes_[index].is_locked() && in_mutex_[index].empty(), "mutex {} is still locked", index);
    }
    check(!recursive_.is_locked(), "the recursive mutex is still locked");
    {
        const auto guard = robust_.lock();
        const int value = guard->owner_died() ? guard->make_consistent() : **guard;
        check(value == robust_count_, "the robust value is {} after {} steps", value, robust_count_.load());
    }
    check(rw_lock_.try_lock(), "the readers-writer lock is still in use");
    rw_lock_.unlock();
    check(tokens_.value() == token_count, "{} of {} tokens are left", tokens_.value(), token_count);
    check(signals_given_ == signals_taken_ + signal_.value(), "{} signals given, {} taken, {} left", signals_given_.load(),
          signals_taken_.load(), signal_.value());
    check(flags_taken_ <= flags_set_, "{} flags set, {} taken", flags_set_.load(), flags_taken_.load());
    const int items = *items_.lock();
    check(produced_ == consumed_ + items, "{} items produced, {} consumed, {} left", produced_, consumed_, items);
    check(sent_ == received_, "{} messages sent, {} received", sent_.load(), received_.load());
    check(written_ == read_ && *pipe_reader_.lock() == 0, "{} records written, {} read", written_.load(), read_);
    check(passed_ == rounds_ * static_cast<int>(barrier_group), "{} threads have passed a barrier of {} in {} rounds",
          passed_.load(), barrier_group, rounds_.load());
    for (std::size_t index = 0; index < once_.size(); ++index) {
        check(once_called_[index] == (once_[index].is_done() ? 1 : 0), "Once {} was called {} times", index, once_called_[index].load());
    }
    check(work_submitted_ == work_done_, "{} pieces of work submitted, {} done", work_submitted_.load(), work_done_.load());
    done_[work_done] = work_done_.load();
    for (std::size_t index = 0; index < operations; ++index) {
        print("{}: {}\n", names[index], done_[index].load());
    }
    work_queue_.stop();
}

}  // namespace stress
