// Event flags: any and all, clearing on exit, time limits, several waiters at once.
#include <pegplan/pegplan.hpp>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

using Flags = EventFlags::Flags;
constexpr auto clear = EventFlags::OnExit::clear;
constexpr Priority above{20};

void without_waiting()
{
    print("== without waiting\n");
    EventFlags events{0b0001};
    print("{:x}\n", events.get());
    print("{:x}\n", events.set(0b1100));
    print("{:x}\n", events.clear(0b0101));
    print("{:x}\n", events.get());
    print("{}\n", events.try_wait_any(0b0001).error());
    print("{:x}\n", *events.try_wait_any(0b1001));
    print("{}\n", events.try_wait_all(0b1001).error());
    events.set(0b0111);
    print("{:x}\n", *events.try_wait_all(0b1001, clear));
    print("{:x}\n", events.get());
    print("{:x}\n", events.wait_any(0b0100, clear));
    print("{:x}\n", events.wait_all(0b0010));
    print("{:x}\n", events.get());
}

void waiting()
{
    print("== waiting\n");
    EventFlags events;
    auto any = ThreadBuilder{}.priority(above).spawn([&] { print("any: {:x}\n", events.wait_any(0b0011)); });
    auto all = ThreadBuilder{}.priority(above).spawn([&] { print("all: {:x}\n", events.wait_all(0b0011)); });
    events.set(0b0100);
    print("4\n");
    events.set(0b0001);
    print("1\n");
    events.clear(0b0001);
    events.set(0b0010);
    print("2 without 1\n");
    events.set(0b0001);
    any->join();
    all->join();
    print("{:x}\n", events.get());
}

/// All whose condition holds at the moment of setting go on, though each clears what the others wait for.
void clearing()
{
    print("== clearing\n");
    EventFlags events;
    JoinHandle<void> threads[3];
    for (int index = 0; index < 3; ++index) {
        threads[index] = std::move(*ThreadBuilder{}.priority(Priority{20 + index}).spawn([index, &events] {
            print("{}: {:x}\n", index, events.wait_any(0b0001, clear));
        }));
    }
    print("{:x}\n", events.set(0b1001));
    print("{:x}\n", events.get());
    for (auto& thread : threads) {
        thread.join();
    }
    // Somebody whose condition does not hold keeps waiting.
    auto other = ThreadBuilder{}.priority(above).spawn([&] { print("other: {:x}\n", events.wait_all(0b0011, clear)); });
    auto one = ThreadBuilder{}.priority(above).spawn([&] { print("one: {:x}\n", events.wait_any(0b0001, clear)); });
    events.set(0b0001);
    events.set(0b0010);
    print("{:x}\n", events.get());
    events.set(0b0001);
    print("{:x}\n", events.get());
    other->join();
    one->join();
}

void limits()
{
    print("== time limits\n");
    EventFlags events;
    const auto begin = Clock::now();
    print("{}\n", events.wait_any_for(1, 1ms).error());
    print("{}\n", events.wait_all_until(1, begin).error());
    print("not early {}\n", Clock::now() - begin >= 1ms);
    print("{:x}\n", events.set(1));
    print("{:x}\n", *events.wait_all_for(1, 1ms, clear));
    auto setter = ThreadBuilder{}.priority(above).spawn([&] {
        this_thread::sleep_for(1ms);
        events.set(6);
    });
    print("{:x}\n", *events.wait_any_until(2, Clock::now() + 1h));
    setter->join();
}

void any_of_several()
{
    print("== one of several\n");
    EventFlags events;
    Semaphore semaphore;
    auto waiter = ThreadBuilder{}.priority(above).spawn([&] {
        for (int turn = 0; turn < 4; ++turn) {
            print("case {}\n", wait_any(when::all_set(events, 0b0011, clear), when::any_set(events, 0b0110, clear),
                                        when::acquired(semaphore)));
        }
    });
    events.set(0b0100);
    semaphore.release();
    events.set(0b0001);
    events.set(0b0010);
    print("{:x}\n", events.get());
    events.set(0b1000);
    events.set(0b0110);
    waiter->join();
    print("{:x}\n", events.get());
}

}  // namespace

int main()
{
    without_waiting();
    waiting();
    clearing();
    limits();
    any_of_several();
    return 0;
}
