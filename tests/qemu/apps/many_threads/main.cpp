// Thousands of threads at once, on 256 priorities: they sleep, wait for a mutex, take turns, and are joined.
#include <pegplan/pegplan.hpp>

#include <array>
#include <atomic>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t count = config::max_threads - 1;
std::array<JoinHandle<std::size_t>, count> handles;
std::array<std::uint16_t, count> order;
std::size_t ordered = 0;

template <class Body>
bool spawn_all(Body&& body)
{
    for (std::size_t index = 0; index < count; ++index) {
        auto spawned = body(index);
        if (!spawned) {
            print("thread {}: {}\n", index, spawned.error());
            return false;
        }
        handles[index] = std::move(*spawned);
    }
    return true;
}

bool join_all()
{
    bool right = true;
    for (std::size_t index = 0; index < count; ++index) {
        right = right && handles[index].join().value() == index;
    }
    return right;
}

/// In an order of its own for each count, which visits all.
std::size_t shuffled(std::size_t index)
{
    constexpr std::size_t stride = 1237;
    static_assert(count % stride != 0);
    return index * stride % count;
}

void note(std::size_t index)
{
    order[ordered++] = static_cast<std::uint16_t>(index);
}

void sleepers()
{
    print("== sleepers\n");
    ordered = 0;
    const auto begin = Clock::now() + 100ms;
    const bool spawned = spawn_all([begin](std::size_t index) {
        return ThreadBuilder{}.stack_size(4_KiB).spawn([index, begin] {
            this_thread::sleep_until(begin + 10us * shuffled(index));
            note(shuffled(index));
            return index;
        });
    });
    print("{} threads {}\n", count, spawned);
    print("one more: {}\n", spawn([] {}).error());
    this_thread::sleep_until(begin - 1ms);
    print("woken too early {}\n", ordered);
    print("joined {}\n", join_all());
    bool in_order = ordered == count;
    for (std::size_t index = 0; index < count; ++index) {
        in_order = in_order && order[index] == index;
    }
    print("in order of deadline {}\n", in_order);
}

void waiters()
{
    print("== waiters of one mutex\n");
    ordered = 0;
    Mutex<> mutex;
    mutex.lock();
    // All above main, so that each waits before the next one is spawned.
    const auto level_of = [](std::size_t index) { return 100 + static_cast<int>(shuffled(index) % 156); };
    spawn_all([&](std::size_t index) {
        return ThreadBuilder{}.stack_size(4_KiB).priority(Priority{level_of(index)}).spawn([index, &mutex] {
            mutex.lock();
            note(index);
            mutex.unlock();
            return index;
        });
    });
    this_thread::sleep_for(100ms);  // all of them wait: main, which has inherited, let the less urgent ones not run
    print("{}\n", ordered);
    mutex.unlock();
    print("joined {}\n", join_all());
    bool in_order = ordered == count;
    for (std::size_t index = 1; index < count; ++index) {
        const int before = level_of(order[index - 1]);
        const int after = level_of(order[index]);
        in_order = in_order && (before > after || (before == after && order[index - 1] < order[index]));
    }
    print("in order of priority and arrival {}\n", in_order);
}

void turns()
{
    print("== turns\n");
    std::atomic<std::size_t> running = 0;
    std::atomic<std::size_t> wrong = 0;
    spawn_all([&](std::size_t index) {
        return ThreadBuilder{}.stack_size(4_KiB).spawn([&, index] {
            for (std::size_t turn = 0; turn < 5; ++turn) {
                // Everybody's turn comes once before anybody's next.
                wrong += running++ == turn * count + index ? 0 : 1;
                yield_now();
            }
            return index;
        });
    });
    print("joined {}\n", join_all());
    print("turns {}, out of turn {}\n", running.load(), wrong.load());
}

void all_priorities()
{
    print("== all priorities\n");
    ordered = 0;
    const Thread self = this_thread::current();
    const Priority before = self.priority();
    self.set_priority(Priority::highest());
    spawn_all([](std::size_t index) {
        const int level = static_cast<int>(shuffled(index) % config::num_priorities);
        return ThreadBuilder{}.stack_size(4_KiB).priority(Priority{level}).spawn([index, level] {
            note(static_cast<std::size_t>(level));
            return index;
        });
    });
    print("joined {}\n", join_all());
    bool in_order = ordered == count;
    for (std::size_t index = 1; index < count; ++index) {
        in_order = in_order && order[index - 1] >= order[index];
    }
    print("in order {}, from {} to {}\n", in_order, order[0], order[count - 1]);
    self.set_priority(before);
}

void one_joins_the_next()
{
    print("== a chain of joins\n");
    spawn_all([](std::size_t index) {
        return ThreadBuilder{}.stack_size(4_KiB).spawn([index] {
            if (index + 1 < count) {
                return handles[index + 1].join().value() - 1;
            }
            return index;
        });
    });
    print("{}\n", handles[0].join().value());
}

}  // namespace

int main()
{
    sleepers();
    waiters();
    turns();
    all_priorities();
    one_joins_the_next();
    return 0;
}
