// The operations, and what must be true during and after each one.
#include "tests/qemu/apps/stress_sync/operations.hpp"

#include "tests/qemu/apps/support/timing.hpp"

#include <cstring>
#include <span>

namespace stress {

using namespace std::chrono_literals;

namespace {

constexpr auto longest_use = 20us;
constexpr EventFlags::Flags all_flags = 7;

}  // namespace

void check_own_priority()
{
    // Others may change both between the two calls, though not time after time.
    const Thread self = this_thread::current();
    for (int tries = 0; tries < 3; ++tries) {
        if (self.priority() == self.base_priority()) {
            return;
        }
    }
    panic("priority {} of {} in a thread that holds nothing", self.priority(), self.base_priority());
}

void Worker::do_something()
{
    switch (random_.below(15)) {
    case 0: lock_nested(); break;
    case 1: lock_recursive(); break;
    case 2: lock_robust(); break;
    case 3: read_or_write(); break;
    case 4: take_token(); break;
    case 5: take_signal(); break;
    case 6: take_flags(); break;
    case 7: produce_or_consume(); break;
    case 8: send_or_receive(); break;
    case 9: wait_for_any(); break;
    case 10: write_or_read_pipe(); break;
    case 11: meet(); break;
    case 12: call_once(); break;
    case 13: stop_another(); break;
    default:
        this_thread::sleep_for(limit());
        world_.count(sleeping);
        break;
    }
}

/// Stays for a while: spinning, sleeping, or giving way.
void Worker::use(Place& place, int most)
{
    place.enter(most);
    switch (random_.below(4)) {
    case 0: this_thread::sleep_for(random_.time_up_to(longest_use)); break;
    case 1: yield_now(); break;
    default: timing::spin_for(random_.time_up_to(longest_use)); break;
    }
    place.leave();
}

/// Chains of owners: always in the same order, so that there is no deadlock.
void Worker::lock_nested()
{
    std::array<bool, mutex_count> held{};
    for (std::size_t index = 0; index < mutex_count; ++index) {
        Mutex<>& mutex = world_.mutexes_[index];
        switch (random_.below(4)) {
        case 0: break;
        case 1: held[index] = mutex.try_lock(); break;
        case 2: held[index] = mutex.try_lock_for(limit()); break;
        default:
            mutex.lock();
            held[index] = true;
            break;
        }
        if (held[index]) {
            use(world_.in_mutex_[index], 1);
        }
    }
    for (std::size_t index = 0; index < mutex_count; ++index) {
        if (held[index]) {
            world_.mutexes_[index].unlock();
            world_.count(nested_mutexes);
        }
    }
}

void Worker::lock_recursive()
{
    if (!world_.recursive_.try_lock_for(limit())) {
        return;
    }
    world_.recursive_.lock();
    use(world_.in_recursive_, 1);
    world_.recursive_.unlock();
    use(world_.in_recursive_, 1);
    world_.recursive_.unlock();
    world_.count(recursive_mutex);
}

/// One owner of a few ends with the mutex, in the middle of a step.
void Worker::lock_robust()
{
    const auto step = [this](bool ends) {
        auto guard = world_.robust_.try_lock_for(limit());
        if (!guard) {
            check(guard.error() == Error::timed_out, "the robust mutex: {}", guard.error());
            return;
        }
        int& value = guard->owner_died() ? guard->make_consistent() : **guard;
        check(value == world_.robust_count_, "the robust value is {} after {} steps", value, world_.robust_count_.load());
        use(world_.in_robust_, 1);
        ++value;
        ++world_.robust_count_;
        world_.count(robust_mutex);
        if (ends) {
            this_thread::exit();
        }
    };
    if (random_.below(4) != 0) {
        step(false);
    } else if (auto mortal = ThreadBuilder{}.stack_size(16 * 1024).spawn([&step] { step(true); })) {
        static_cast<void>(mortal->join());
    }
}

void Worker::read_or_write()
{
    RwLock<>& lock = world_.rw_lock_;
    if (random_.below(3) == 0) {
        if (!lock.try_lock_for(limit())) {
            return;
        }
        check(world_.readers_ == 0, "{} readers beside a writer", world_.readers_.load());
        use(world_.writers_, 1);
        check(world_.readers_ == 0, "{} readers beside a writer", world_.readers_.load());
        lock.unlock();
        world_.count(writing);
    } else {
        if (!lock.try_lock_shared_for(limit())) {
            return;
        }
        ++world_.readers_;
        check(world_.writers_.empty(), "a writer beside readers");
        timing::spin_for(random_.time_up_to(longest_use));
        check(world_.writers_.empty(), "a writer beside readers");
        --world_.readers_;
        lock.unlock_shared();
        world_.count(reading);
    }
}

void Worker::take_token()
{
    if (random_.below(2) == 0) {
        world_.tokens_.acquire();
    } else if (!world_.tokens_.try_acquire_for(limit())) {
        return;
    }
    use(world_.with_token_, token_count);
    world_.tokens_.release();
    world_.count(tokens);
}

void Worker::take_signal()
{
    if (world_.signal_.try_acquire_for(limit())) {
        ++world_.signals_taken_;
        world_.count(signal_taken);
    }
}

void Worker::take_flags()
{
    const EventFlags::Flags mask = 1 + random_.below(all_flags);
    const bool all = random_.below(2) == 0;
    constexpr auto clear = EventFlags::OnExit::clear;
    const auto seen = all ? world_.flags_.wait_all_for(mask, limit(), clear) : world_.flags_.wait_any_for(mask, limit(), clear);
    if (seen) {
        check(all ? (*seen & mask) == mask : (*seen & mask) != 0, "a wait for flags {:x} ended with {:x}", mask, *seen);
        world_.count(flags);
    }
    world_.set_flag(random_);
}

/// A bounded stock behind a mutex and a condition variable.
void Worker::produce_or_consume()
{
    constexpr int most = 3;
    const bool produces = random_.below(2) == 0;
    auto guard = world_.items_.lock();
    const bool holds = world_.items_changed.wait_for(guard, limit(), [&] { return produces ? *guard < most : *guard > 0; });
    if (!holds) {
        return;
    }
    *guard += produces ? 1 : -1;
    check(*guard >= 0 && *guard <= most, "{} items of at most {}", *guard, most);
    (produces ? world_.produced_ : world_.consumed_) += 1;
    world_.count(produces ? produce : consume);
    if (random_.below(2) == 0) {
        world_.items_changed.notify_one();
    } else {
        world_.items_changed.notify_all();
    }
}

void Worker::send_or_receive()
{
    if (random_.below(2) == 0) {
        const Message message{index_, sent_ + 1};
        if (world_.queue_.send_for(message, limit())) {
            ++sent_;
            ++world_.sent_;
            world_.count(sending);
        }
    } else if (const auto message = world_.queue_.receive_for(limit())) {
        seen_.see(*message);
        world_.see_received(*message);
        world_.count(receiving);
    }
}

void Worker::wait_for_any()
{
    Message message{};
    const auto taken = wait_any_for(limit(), when::acquired(world_.tokens_), when::received(world_.queue_, message),
                                    when::acquired(world_.signal_), when::acquired(world_.tokens_));
    if (!taken) {
        return;
    }
    world_.count(any_of);
    switch (*taken) {
    case 1:
        seen_.see(message);
        world_.see_received(message);
        break;
    case 2: ++world_.signals_taken_; break;
    default:
        use(world_.with_token_, token_count);
        world_.tokens_.release();
        break;
    }
}

void Worker::write_or_read_pipe()
{
    if (random_.below(2) == 0) {
        const Message message{index_, ++written_};
        ++world_.written_;
        world_.pipe_.write(std::as_bytes(std::span{&message, 1}));
        world_.count(pipe_write);
        return;
    }
    auto have = world_.pipe_reader_.try_lock_for(limit());
    if (!have) {
        return;
    }
    const auto rest = std::span{world_.record_}.subspan(static_cast<std::size_t>(**have));
    **have += static_cast<int>(world_.pipe_.read_for(rest, limit(), rest.size()));
    if (**have == static_cast<int>(sizeof(Message))) {
        Message message{};
        std::memcpy(&message, world_.record_.data(), sizeof message);
        world_.in_pipe_.see(message);
        ++world_.read_;
        **have = 0;
        world_.count(pipe_read);
    }
}

void Worker::meet()
{
    if (index_ >= barrier_group) {
        return;
    }
    if (world_.barrier_.arrive_and_wait_for(8 * limit())) {
        ++world_.passed_;
        world_.count(barrier_passed);
    }
}

void Worker::call_once()
{
    const auto index = static_cast<std::size_t>(world_.once_next_ % static_cast<int>(world_.once_.size()));
    world_.once_[index].call([&] {
        this_thread::sleep_for(limit());
        ++world_.once_called_[index];
    });
    check(world_.once_called_[index] == 1, "Once {} was called {} times", index, world_.once_called_[index].load());
    if (random_.below(4) == 0) {
        ++world_.once_next_;
    }
    world_.count(once);
}

/// A short thread that is told to stop, at some moment of its life.
void Worker::stop_another()
{
    std::atomic<int> called = 0;
    auto sleeper = ThreadBuilder{}.stack_size(16 * 1024).priority(random_priority(random_)).spawn([&called](StopToken token) {
        const StopCallback callback{token, [&called] { ++called; }};
        return this_thread::sleep_for(token, 1h);
    });
    if (!sleeper) {
        return;
    }
    this_thread::sleep_for(random_.time_up_to(longest_use));
    const bool first = sleeper->request_stop();
    const bool again = sleeper->request_stop();
    const auto told = sleeper->join();
    check(first && !again && told && *told && called == 1, "a stop that was requested once was seen {} times", called.load());
    world_.count(stopped);
}

}  // namespace stress
