// Where threads wait for each other: latches, barriers, Once.
#include <pegplan/pegplan.hpp>

#include <array>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

void latch()
{
    print("== latch\n");
    Latch latch{3};
    auto waiter = ThreadBuilder{}.priority(Priority{20}).spawn([&] {
        latch.wait();
        print("open\n");
    });
    latch.count_down();
    print("try {}\n", latch.try_wait());
    print("for {}\n", latch.wait_for(1ms));
    auto last = ThreadBuilder{}.priority(Priority{5}).spawn([&] {
        latch.arrive_and_wait();
        print("last\n");
    });
    latch.arrive_and_wait();
    print("main\n");
    print("try {}, for {}, until {}\n", latch.try_wait(), latch.wait_for(0ms), latch.wait_until(Clock::now()));
    waiter->join();
    last->join();

    Latch open{0};
    open.wait();
    print("{}\n", wait_any(when::open(open)));
    Latch big{10};
    big.count_down(4);
    big.count_down(6);
    print("{}\n", big.try_wait());
}

void barrier()
{
    print("== barrier\n");
    int rounds = 0;
    int at_work = 0;
    Barrier barrier{3, [&] { print("round {} complete, {} at work\n", ++rounds, at_work); }};
    std::array<JoinHandle<void>, 3> threads;
    for (std::size_t index = 0; index < threads.size(); ++index) {
        threads[index] = std::move(*spawn([index, &barrier, &at_work] {
            for (int round = 0; round < 3; ++round) {
                ++at_work;
                this_thread::sleep_for(std::chrono::milliseconds{1 + index});
                --at_work;
                barrier.arrive_and_wait();
            }
        }));
    }
    for (auto& thread : threads) {
        thread.join();
    }
    print("rounds {}\n", rounds);
}

void barrier_limits()
{
    print("== barrier, time limits\n");
    Barrier barrier{2};
    print("{}\n", barrier.arrive_and_wait_for(1ms));
    // The arrival has been taken back: two are needed again.
    auto other = ThreadBuilder{}.priority(Priority{20}).spawn([&] { print("other {}\n", barrier.arrive_and_wait_for(1ms)); });
    other->join();
    auto third = ThreadBuilder{}.priority(Priority{20}).spawn([&] { print("third {}\n", barrier.arrive_and_wait_for(1h)); });
    print("main {}\n", barrier.arrive_and_wait_until(Clock::now() + 1h));
    third->join();
    // The limit passes while the completion runs: too late.
    Barrier slow{2, [] { this_thread::sleep_for(2ms); }};
    auto early = ThreadBuilder{}.priority(Priority{20}).spawn([&] { print("early {}\n", slow.arrive_and_wait_for(1ms)); });
    slow.arrive_and_wait();
    early->join();
}

void barrier_drop()
{
    print("== barrier, leaving the group\n");
    Barrier barrier{3, [] { print("complete\n"); }};
    auto first = ThreadBuilder{}.priority(Priority{20}).spawn([&] {
        barrier.arrive_and_wait();
        print("first passes\n");
        barrier.arrive_and_wait();
        print("first passes alone\n");
    });
    auto second = ThreadBuilder{}.priority(Priority{20}).spawn([&] {
        barrier.arrive_and_wait();
        print("second passes\n");
        barrier.arrive_and_drop();
    });
    print("main leaves\n");
    barrier.arrive_and_drop();
    first->join();
    second->join();
}

void once()
{
    print("== once\n");
    Once once;
    int calls = 0;
    const auto initialize = [&](int value) {
        this_thread::sleep_for(2ms);
        calls += value;
    };
    print("{}\n", once.is_done());
    auto other = ThreadBuilder{}.priority(Priority{20}).spawn([&] {
        once.call(initialize, 1);
        print("other {}\n", calls);
    });
    once.call(initialize, 10);
    print("main {}, {}\n", calls, once.is_done());
    other->join();
    once.call(initialize, 100);
    print("main {}\n", calls);
}

}  // namespace

int main()
{
    latch();
    barrier();
    barrier_limits();
    barrier_drop();
    once();
    return 0;
}
