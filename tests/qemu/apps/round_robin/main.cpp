// The plain round-robin policy: all ready threads take turns, whatever their priorities.
#include "tests/qemu/apps/support/timing.hpp"

#include <pegplan/pegplan.hpp>

#include <array>
#include <atomic>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

void spawn_does_not_preempt()
{
    print("== spawned\n");
    constexpr std::array levels{3, 30, 0, 31, 15};
    std::array<JoinHandle<void>, levels.size()> handles;
    for (std::size_t index = 0; index < levels.size(); ++index) {
        const int level = levels[index];
        handles[index] = std::move(*ThreadBuilder{}.priority(Priority{level}).spawn([level] {
            print("priority {}\n", level);
        }));
    }
    print("main\n");
    for (auto& handle : handles) {
        handle.join();
    }
}

void yields()
{
    print("== yields\n");
    std::array<JoinHandle<void>, 3> handles;
    for (std::size_t index = 0; index < handles.size(); ++index) {
        const Priority priority{static_cast<int>(index) * 10};
        handles[index] = std::move(*ThreadBuilder{}.priority(priority).spawn([index] {
            for (int turn = 0; turn < 3; ++turn) {
                print("{} turn {}\n", index, turn);
                yield_now();
            }
        }));
    }
    for (int turn = 0; turn < 3; ++turn) {
        print("main turn {}\n", turn);
        yield_now();
    }
    for (auto& handle : handles) {
        handle.join();
    }
}

void wake_ups_do_not_preempt()
{
    print("== woken\n");
    Mutex<> mutex;
    mutex.lock();
    auto waiter = ThreadBuilder{}.priority(Priority::highest()).spawn([&mutex] {
        mutex.lock();
        print("waiter\n");
        mutex.unlock();
    });
    yield_now();
    mutex.unlock();
    print("main after unlock\n");
    waiter->join();

    auto sleeper = ThreadBuilder{}.priority(Priority::highest()).spawn([] {
        this_thread::sleep_for(1ms);
        print("sleeper\n");
    });
    yield_now();
    timing::spin_for(2ms);
    print("main after 2ms\n");
    sleeper->join();

    auto suspended = ThreadBuilder{}.priority(Priority::highest()).spawn([] {
        this_thread::current().suspend();
        print("resumed\n");
    });
    yield_now();
    suspended->thread().resume();
    print("main after resume\n");
    suspended->join();
}

void waiters_by_priority()
{
    print("== waiters still go by priority\n");
    Mutex<> mutex;
    mutex.lock();
    constexpr std::array levels{5, 20, 10};
    std::array<JoinHandle<void>, levels.size()> handles;
    for (std::size_t index = 0; index < levels.size(); ++index) {
        const int level = levels[index];
        handles[index] = std::move(*ThreadBuilder{}.priority(Priority{level}).spawn([level, &mutex] {
            mutex.lock();
            print("priority {}\n", level);
            mutex.unlock();
        }));
    }
    yield_now();
    mutex.unlock();
    for (auto& handle : handles) {
        handle.join();
    }
}

void slices()
{
    print("== slices\n");
    static std::array<char, 12> turns;
    static std::atomic<std::size_t> count = 0;
    static std::atomic<char> last = ' ';
    std::array<JoinHandle<void>, 3> handles;
    for (std::size_t index = 0; index < handles.size(); ++index) {
        const Priority priority{31 - static_cast<int>(index) * 15};
        handles[index] = std::move(*ThreadBuilder{}.priority(priority).time_slice(1ms).spawn([index] {
            const char name = static_cast<char>('a' + index);
            while (count < turns.size()) {
                if (last.exchange(name) != name && count < turns.size()) {
                    turns[count++] = name;
                }
            }
        }));
    }
    for (auto& handle : handles) {
        handle.join();
    }
    print("{}\n", std::string_view{turns.data(), turns.size()});
}

void priorities_are_recorded()
{
    print("== recorded\n");
    auto thread = ThreadBuilder{}.priority(Priority{7}).spawn([] {
        print("{}\n", this_thread::current().priority());
        this_thread::current().set_priority(Priority{9});
        print("{}\n", this_thread::current().priority());
    });
    print("{} {}\n", thread->thread().priority(), thread->thread().set_priority(Priority{99}).error());
    thread->join();
}

}  // namespace

int main()
{
    spawn_does_not_preempt();
    yields();
    wake_ups_do_not_preempt();
    waiters_by_priority();
    slices();
    priorities_are_recorded();
    return 0;
}
