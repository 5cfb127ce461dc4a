// Yields, and who runs when somebody wakes up: the order follows from priorities alone, not from time.
#include <pegplan/pegplan.hpp>

#include <array>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

constexpr Priority low{5};
constexpr Priority middle{10};
constexpr Priority high{20};

void equals_take_turns()
{
    print("== equals take turns\n");
    std::array<JoinHandle<void>, 3> handles;
    for (std::size_t index = 0; index < handles.size(); ++index) {
        handles[index] = std::move(*ThreadBuilder{}.priority(middle).spawn([index] {
            for (int turn = 0; turn < 3; ++turn) {
                print("{} turn {}\n", static_cast<char>('A' + index), turn);
                yield_now();
            }
        }));
    }
    auto never_before = ThreadBuilder{}.priority(low).spawn([] { print("the less urgent one\n"); });
    for (auto& handle : handles) {
        handle.join();
    }
    never_before->join();
}

void one_ends_early()
{
    print("== the ring shrinks\n");
    std::array<JoinHandle<void>, 3> handles;
    for (int index = 0; index < 3; ++index) {
        handles[static_cast<std::size_t>(index)] = std::move(*ThreadBuilder{}.priority(middle).spawn([index] {
            for (int turn = 0; turn <= index; ++turn) {
                print("{} turn {}\n", index, turn);
                this_thread::yield();
            }
            print("{} ends\n", index);
        }));
    }
    for (auto& handle : handles) {
        handle.join();
    }
}

void yield_alone()
{
    print("== yield alone\n");
    auto lower = ThreadBuilder{}.priority(low).spawn([] { print("lower\n"); });
    for (int turn = 0; turn < 1000; ++turn) {
        yield_now();
    }
    print("1000 yields went to nobody\n");
    lower->join();
}

/// A more urgent thread that waits: each kind of wake-up preempts at once.
void wake_ups_preempt()
{
    print("== the end of a joined thread\n");
    auto target = std::move(*ThreadBuilder{}.priority(low).spawn([] { print("target\n"); }));
    auto joiner = ThreadBuilder{}.priority(high).spawn([&target] {
        target.join();
        print("joiner\n");
    });
    joiner->join();

    print("== unlock\n");
    Mutex<> mutex;
    mutex.lock();
    auto locker = ThreadBuilder{}.priority(high).spawn([&mutex] {
        print("locker waits\n");
        mutex.lock();
        print("locker has it\n");
        mutex.unlock();
    });
    print("main unlocks\n");
    mutex.unlock();
    print("main after unlock\n");
    locker->join();

    print("== resume\n");
    auto suspended = ThreadBuilder{}.priority(high).spawn([] {
        this_thread::current().suspend();
        print("resumed\n");
    });
    print("main resumes\n");
    suspended->thread().resume();
    print("main after resume\n");
    suspended->join();

    print("== a deadline\n");
    auto sleeper = ThreadBuilder{}.priority(high).spawn([] {
        this_thread::sleep_for(1ms);
        print("sleeper awake\n");
    });
    print("main spins\n");
    while (!sleeper->is_finished()) {
    }
    print("main saw the end\n");
    sleeper->join();

    print("== a wake-up of a less urgent one does not preempt\n");
    mutex.lock();
    auto waiter = ThreadBuilder{}.priority(low).spawn([&mutex] {
        mutex.lock();
        print("waiter has it\n");
        mutex.unlock();
    });
    this_thread::sleep_for(1ms);
    mutex.unlock();
    print("main goes on after unlock\n");
    waiter->join();
}

/// A preempted thread goes on before its equals, which are behind it.
void preempted_goes_on_first()
{
    print("== the preempted one goes on first\n");
    std::array<JoinHandle<void>, 2> handles;
    for (std::size_t index = 0; index < handles.size(); ++index) {
        handles[index] = std::move(*ThreadBuilder{}.priority(middle).spawn([index] {
            print("{} begins\n", index);
            auto urgent = ThreadBuilder{}.priority(high).spawn([index] { print("urgent of {}\n", index); });
            print("{} ends\n", index);
        }));
    }
    for (auto& handle : handles) {
        handle.join();
    }
}

/// Who wakes up goes behind its equals that are ready.
void woken_goes_behind()
{
    print("== who wakes up goes behind\n");
    auto sleeper = ThreadBuilder{}.priority(middle).spawn([] {
        print("sleeper sleeps\n");
        this_thread::sleep_for(1ms);
        print("sleeper runs\n");
    });
    auto first = ThreadBuilder{}.priority(middle).spawn([] {
        const auto end = Clock::now() + 2ms;
        while (Clock::now() < end) {
        }
        print("first yields\n");
        yield_now();
        print("first ends\n");
    });
    auto second = ThreadBuilder{}.priority(middle).spawn([] { print("second runs\n"); });
    sleeper->join();
    first->join();
    second->join();
}

}  // namespace

int main()
{
    equals_take_turns();
    one_ends_early();
    yield_alone();
    wake_ups_preempt();
    preempted_goes_on_first();
    woken_goes_behind();
    return 0;
}
