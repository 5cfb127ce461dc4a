// Semaphores: counts, who gets the units, time limits, and waiting for one of several.
#include <pegplan/pegplan.hpp>

#include <array>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

void counts()
{
    print("== counts\n");
    Semaphore semaphore{2, 3};
    print("{}\n", semaphore.value());
    for (int turn = 0; turn < 3; ++turn) {
        print("{}\n", semaphore.try_acquire());
    }
    semaphore.release();
    semaphore.release(2);
    print("{}\n", semaphore.value());
    print("{}\n", semaphore.try_release().error());
    print("{}\n", semaphore.try_release(2).error());
    semaphore.acquire();
    print("{}\n", semaphore.try_release(2).error());
    print("{}\n", semaphore.value());

    BinarySemaphore signal;
    signal.release();
    print("{}\n", signal.try_release().error());
    print("{}\n", signal.try_acquire());
    print("{}\n", signal.try_acquire());
}

void order_of_waiters()
{
    print("== order of waiters\n");
    Semaphore semaphore;
    constexpr std::array levels{20, 22, 21, 22, 20, 25, 21};
    std::array<JoinHandle<void>, levels.size()> handles;
    for (std::size_t index = 0; index < levels.size(); ++index) {
        handles[index] = std::move(*ThreadBuilder{}.priority(Priority{levels[index]}).spawn([index, &semaphore] {
            semaphore.acquire();
            print("{} at {}\n", index, this_thread::current().priority());
        }));
    }
    print("one\n");
    semaphore.release();
    print("three\n");
    semaphore.release(3);
    print("five for three\n");
    semaphore.release(5);
    print("left {}\n", semaphore.value());
    for (auto& handle : handles) {
        handle.join();
    }
}

void handed_over()
{
    print("== nobody overtakes\n");
    Semaphore semaphore;
    auto waiter = ThreadBuilder{}.priority(Priority{5}).spawn([&semaphore] {
        semaphore.acquire();
        print("waiter has it\n");
    });
    this_thread::sleep_for(1ms);
    semaphore.release();
    print("try {}, value {}\n", semaphore.try_acquire(), semaphore.value());
    waiter->join();
}

void limits()
{
    print("== time limits\n");
    Semaphore semaphore;
    const auto begin = Clock::now();
    print("0ms {}\n", semaphore.try_acquire_for(0ms));
    print("2ms {}\n", semaphore.try_acquire_for(2ms));
    print("not early {}\n", Clock::now() - begin >= 2ms);
    print("past {}\n", semaphore.try_acquire_until(begin));
    // The one that gave up leaves nothing behind.
    semaphore.release();
    print("value {}\n", semaphore.value());
    print("until {}\n", semaphore.try_acquire_until(Clock::now() + 1h));

    // The first of two gives up; the second keeps its place.
    auto first = ThreadBuilder{}.priority(Priority{22}).spawn([&] { print("first {}\n", semaphore.try_acquire_for(1ms)); });
    auto second = ThreadBuilder{}.priority(Priority{21}).spawn([&] { print("second {}\n", semaphore.try_acquire_for(1h)); });
    this_thread::sleep_for(2ms);
    semaphore.release();
    first->join();
    second->join();
}

/// A unit and the end of the limit at the same moment: one of them, never both, never neither.
void races()
{
    print("== unit against limit\n");
    Semaphore semaphore;
    int taken = 0;
    int given = 0;
    auto taker = ThreadBuilder{}.priority(Priority{20}).spawn([&] {
        for (int turn = 0; turn < 500; ++turn) {
            if (semaphore.try_acquire_for(std::chrono::microseconds{30 + turn % 7})) {
                ++taken;
            }
        }
    });
    for (int turn = 0; !taker->is_finished(); ++turn) {
        this_thread::sleep_for(std::chrono::microseconds{31 + turn % 5});
        if (semaphore.value() == 0) {
            semaphore.release();
            ++given;
        }
    }
    print("all accounted for {}, some of both {}\n", taken + semaphore.value() == given, taken > 50 && taken < 450);
}

void any()
{
    print("== one of several\n");
    Semaphore a;
    Semaphore b{1};
    Semaphore c{1};
    print("{}\n", wait_any(when::acquired(a), when::acquired(b), when::acquired(c)));
    print("b {} c {}\n", b.value(), c.value());
    c.acquire();
    print("{}\n", wait_any_for(1ms, when::acquired(a), when::acquired(b)).error());
    print("{}\n", wait_any_until(Clock::now(), when::acquired(a)).error());
    auto waiter = ThreadBuilder{}.priority(Priority{20}).spawn([&] {
        for (int turn = 0; turn < 4; ++turn) {
            print("case {}\n", wait_any(when::acquired(a), when::acquired(b), when::acquired(c)));
        }
    });
    b.release();
    c.release();
    a.release();
    c.release();
    waiter->join();
    print("{} {} {}\n", a.value(), b.value(), c.value());
    // Nobody stands in a queue any more.
    b.release();
    print("{}\n", b.value());
    // The same one twice.
    print("{}\n", wait_any(when::acquired(b), when::acquired(b)));
    auto twice = ThreadBuilder{}.priority(Priority{20}).spawn([&] { print("{}\n", wait_any(when::acquired(a), when::acquired(a))); });
    a.release();
    twice->join();
    print("{}\n", a.value());
}

}  // namespace

int main()
{
    counts();
    order_of_waiters();
    handed_over();
    limits();
    races();
    any();
    return 0;
}
