// Condition variables: with guards of values and of plain mutexes, who is woken, time limits.
#include <pegplan/pegplan.hpp>

#include <array>
#include <mutex>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

void with_a_value()
{
    print("== a value\n");
    Mutex<int> stage{0};
    ConditionVariable changed;
    auto other = ThreadBuilder{}.priority(Priority{20}).spawn([&] {
        auto guard = stage.lock();
        changed.wait(guard, [&] { return *guard == 1; });
        print("other: {}\n", *guard);
        *guard = 2;
        changed.notify_one();
    });
    auto guard = stage.lock();
    *guard = 1;
    changed.notify_one();
    print("main: notified\n");
    changed.wait(guard, [&] { return *guard == 2; });
    print("main: {}\n", *guard);
    other->join();
}

void with_a_plain_mutex()
{
    print("== a plain mutex\n");
    Mutex<> mutex;
    ConditionVariable condition;
    bool ready = false;
    auto other = ThreadBuilder{}.priority(Priority{20}).spawn([&] {
        std::unique_lock<Mutex<>> lock{mutex};
        condition.wait(lock);
        print("ready {}, locked {}\n", ready, mutex.is_locked());
    });
    {
        const std::scoped_lock lock{mutex};
        ready = true;
    }
    condition.notify_one();
    other->join();
    condition.notify_one();  // nobody is there
    condition.notify_all();
}

void order()
{
    print("== order\n");
    Mutex<int> mutex{0};
    ConditionVariable condition;
    constexpr std::array levels{20, 22, 21, 22, 20};
    std::array<JoinHandle<void>, levels.size()> handles;
    for (std::size_t index = 0; index < levels.size(); ++index) {
        handles[index] = std::move(*ThreadBuilder{}.priority(Priority{levels[index]}).spawn([index, &mutex, &condition] {
            auto guard = mutex.lock();
            condition.wait(guard);
            print("{}\n", index);
        }));
    }
    print("one\n");
    condition.notify_one();
    print("one\n");
    condition.notify_one();
    print("all\n");
    condition.notify_all();
    for (auto& handle : handles) {
        handle.join();
    }
    print("all while the mutex is held\n");
    for (std::size_t index = 0; index < levels.size(); ++index) {
        handles[index] = std::move(*ThreadBuilder{}.priority(Priority{levels[index]}).spawn([index, &mutex, &condition] {
            auto guard = mutex.lock();
            condition.wait(guard);
            print("{}\n", index);
        }));
    }
    {
        auto guard = mutex.lock();
        condition.notify_all();
        print("main leaves with {}\n", this_thread::current().priority());
    }
    for (auto& handle : handles) {
        handle.join();
    }
}

void limits()
{
    print("== time limits\n");
    Mutex<bool> flag{false};
    ConditionVariable condition;
    auto guard = flag.lock();
    const auto begin = Clock::now();
    print("{}\n", condition.wait_for(guard, 1ms) == WaitStatus::timed_out);
    print("{}\n", condition.wait_until(guard, begin) == WaitStatus::timed_out);
    print("{}\n", condition.wait_for(guard, 1ms, [&] { return *guard; }));
    print("not early {}\n", Clock::now() - begin >= 2ms);
    auto setter = ThreadBuilder{}.priority(Priority{20}).spawn([&] {
        this_thread::sleep_for(1ms);
        *flag.lock() = true;
        condition.notify_one();
    });
    print("{}\n", condition.wait_for(guard, 1h, [&] { return *guard; }));
    print("{}\n", condition.wait_until(guard, begin, [&] { return *guard; }));
    setter->join();
}

/// Leaving the mutex and beginning to wait is one step, also when a more urgent thread has been waiting for the mutex.
void no_notification_is_lost()
{
    print("== no notification is lost\n");
    Mutex<int> items{0};
    ConditionVariable filled;
    ConditionVariable emptied;
    int sum = 0;
    auto producer = ThreadBuilder{}.priority(Priority{16}).time_slice(100us).spawn([&] {
        for (int item = 1; item <= 300; ++item) {
            auto guard = items.lock();
            emptied.wait(guard, [&] { return *guard == 0; });
            *guard = item;
            filled.notify_one();
        }
    });
    auto consumer = ThreadBuilder{}.priority(Priority{17}).time_slice(100us).spawn([&] {
        for (int turn = 0; turn < 300; ++turn) {
            auto guard = items.lock();
            filled.wait(guard, [&] { return *guard != 0; });
            sum += *guard;
            *guard = 0;
            emptied.notify_one();
        }
    });
    producer->join();
    consumer->join();
    print("{}\n", sum);
}

}  // namespace

int main()
{
    with_a_value();
    with_a_plain_mutex();
    order();
    limits();
    no_notification_is_lost();
    return 0;
}
