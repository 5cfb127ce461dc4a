// A thousand threads that wait for one thing, each with a limit of its own; some are suspended meanwhile. Everybody either gets it or
// gives up, and which of both follows from limits, priorities and the order of arrival.
#include <pegplan/pegplan.hpp>

#include <algorithm>
#include <array>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t count = 1000;
constexpr int lowest_waiter = 100;
constexpr int waiter_levels = 100;
constexpr auto between_limits = 20us;
constexpr auto before_limits = 300ms;  // all have arrived by then
constexpr auto time_to_give = 50ms;

std::array<JoinHandle<bool>, count> handles;
std::array<std::uint16_t, count> order;
std::size_t ordered = 0;

/// In an order that visits all.
std::size_t shuffled(std::size_t index)
{
    constexpr std::size_t stride = 617;
    static_assert(count % stride != 0);
    return index * stride % count;
}

int level_of(std::size_t index)
{
    return lowest_waiter + static_cast<int>(shuffled(index + 7) % waiter_levels);
}

void note(std::size_t index)
{
    order[ordered++] = static_cast<std::uint16_t>(index);
}

/// Spawns the waiters, which call `wait(index, limit)`; returns the first limit. The first `gone` limits come one after the
/// other; then there is time to give something to the others.
template <class Wait>
Clock::time_point spawn_all(std::size_t gone, Wait wait)
{
    ordered = 0;
    const auto first_limit = Clock::now() + before_limits;
    for (std::size_t index = 0; index < count; ++index) {
        const auto limit = first_limit + between_limits * shuffled(index) + (shuffled(index) < gone ? 0ms : time_to_give);
        ThreadBuilder builder;
        builder.stack_size(4_KiB).priority(Priority{level_of(index)});
        auto spawned = builder.spawn([wait, index, limit] { return wait(index, limit); });
        if (!spawned) {
            panic("waiter {}: {}", index, spawned.error());
        }
        handles[index] = std::move(*spawned);
    }
    // The owner of a mutex is as urgent as those who wait already: the others come now.
    this_thread::sleep_for(before_limits / 4);
    print("all wait in time {}\n", Clock::now() < first_limit);
    return first_limit;
}

void suspend_some(bool suspended)
{
    constexpr std::size_t each = 9;
    for (std::size_t index = 0; index < count; index += each) {
        const Thread thread = handles[index].thread();
        static_cast<void>(suspended ? thread.suspend() : thread.resume());
    }
}

/// Joins all. Returns how many have got it.
std::size_t join_all()
{
    std::size_t got = 0;
    for (auto& handle : handles) {
        got += handle.join().value() ? 1 : 0;
    }
    return got;
}

/// Whether those who have got it did so in order of priority, equals in order of arrival.
bool in_order()
{
    for (std::size_t place = 1; place < ordered; ++place) {
        const int before = level_of(order[place - 1]);
        const int after = level_of(order[place]);
        if (before < after || (before == after && order[place - 1] > order[place])) {
            return false;
        }
    }
    return true;
}

/// When this many have given up: between two limits.
Clock::time_point when_gone(Clock::time_point first_limit, std::size_t gone)
{
    return first_limit + between_limits * gone - between_limits / 2;
}

void sleep_until_all_are_gone(Clock::time_point first_limit)
{
    this_thread::sleep_until(when_gone(first_limit, count + 1) + time_to_give);
}

void semaphore()
{
    print("== semaphore\n");
    constexpr std::size_t gone = 400;
    constexpr std::size_t given = 300;
    Semaphore units;
    const auto first_limit = spawn_all(gone, [&units](std::size_t, Clock::time_point limit) {
        return units.try_acquire_until(limit);
    });
    suspend_some(true);
    this_thread::sleep_until(when_gone(first_limit, gone));
    units.release(static_cast<int>(given));
    suspend_some(false);
    sleep_until_all_are_gone(first_limit);
    print("got it {}, left {}\n", join_all(), units.value());
}

void mutex()
{
    print("== mutex\n");
    constexpr std::size_t gone = 600;
    Mutex<> lock;
    lock.lock();
    const auto first_limit = spawn_all(gone, [&lock](std::size_t index, Clock::time_point limit) {
        const bool got = lock.try_lock_until(limit);
        if (got) {
            note(index);
            lock.unlock();
        }
        return got;
    });
    const Thread self = this_thread::current();
    std::size_t wrong = 0;
    suspend_some(true);
    for (std::size_t now_gone = 100; now_gone <= gone; now_gone += 100) {
        this_thread::sleep_until(when_gone(first_limit, now_gone));
        int most_urgent = 0;
        for (std::size_t index = 0; index < count; ++index) {
            most_urgent = std::max(most_urgent, shuffled(index) >= now_gone ? level_of(index) : 0);
        }
        wrong += self.priority().level() != most_urgent ? 1 : 0;
    }
    print("main has another priority than the most urgent waiter at {} times\n", wrong);
    suspend_some(false);
    lock.unlock();
    print("main {}\n", self.priority());
    print("got it {}, in order {}, locked {}\n", join_all(), in_order(), lock.is_locked());
}

void flags()
{
    print("== event flags\n");
    constexpr std::size_t gone = 250;
    EventFlags events;
    const auto first_limit = spawn_all(gone, [&events](std::size_t index, Clock::time_point limit) {
        return events.wait_all_until(EventFlags::Flags{1} << index % 2, limit).has_value();
    });
    suspend_some(true);
    this_thread::sleep_until(when_gone(first_limit, gone));
    events.set(1);
    suspend_some(false);
    std::size_t expected = 0;
    for (std::size_t index = 0; index < count; index += 2) {
        expected += shuffled(index) >= gone ? 1 : 0;
    }
    sleep_until_all_are_gone(first_limit);
    events.set(2);  // nobody is there
    const std::size_t got = join_all();
    print("got it {}, as many as were to {}\n", got, got == expected);
}

void messages()
{
    print("== message queue\n");
    constexpr std::size_t gone = 900;
    MessageQueue<std::size_t, 4> queue;
    const auto first_limit = spawn_all(gone, [&queue](std::size_t index, Clock::time_point limit) {
        const bool got = queue.receive_until(limit).has_value();
        if (got) {
            note(index);
        }
        return got;
    });
    this_thread::sleep_until(when_gone(first_limit, gone));
    std::size_t sent = 0;
    while (queue.try_send(sent)) {
        ++sent;
    }
    print("sent {}, got it {}, in order {}, left {}\n", sent, join_all(), in_order(), queue.size());
}

}  // namespace

int main()
{
    this_thread::current().set_priority(Priority{lowest_waiter - 1});
    semaphore();
    mutex();
    flags();
    messages();
    print("main has {} of {}\n", this_thread::current().priority(), this_thread::current().base_priority());
    return 0;
}
