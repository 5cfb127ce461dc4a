// What virtual time promises: threads that never call the kernel get their slices, a day passes at once, even while somebody
// spins in an empty loop, addresses are the same in each run, and a program in which nothing can happen any more ends.
#include <pegplan/pegplan.hpp>

#include <atomic>

using namespace pegplan;
using namespace std::chrono_literals;

int main()
{
    std::atomic<int> turn = 0;
    std::atomic<int> changes = 0;
    const auto spin = [&turn, &changes](int self) {
        return [&turn, &changes, self] {
            while (changes < 20) {
                if (turn != self) {
                    turn = self;
                    ++changes;
                }
            }
        };
    };
    auto a = spawn(spin(1));
    auto b = spawn(spin(2));
    a->join();
    b->join();
    print("turns {} at {}\n", changes.load(), Clock::now().time_since_epoch());

    auto spins_for_ever = ThreadBuilder{}.priority(Priority::lowest()).spawn([] {
        for (;;) {
        }
    });
    const auto begin = Clock::now();
    this_thread::sleep_for(24h);
    print("slept {}\n", Clock::now() - begin);
    print("a stack at {}\n", static_cast<void*>(&turn));

    auto waits_for_ever = spawn([] { this_thread::current().suspend(); });
    waits_for_ever->join();
    return 0;
}
