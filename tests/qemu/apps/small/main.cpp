// An application of the size for which the minimal profile is made: four threads, a queue, a mutex, a semaphore, timers,
// sleeps and time limits. Its stacks are its own, so that the image holds all the memory that it ever uses; tests/qemu/test_sizes.py adds it up.
#include "core/sched/cpu.hpp"

#include <pegplan/pegplan.hpp>

#include <array>
#include <cstddef>

using namespace pegplan;
using namespace std::chrono_literals;

// What the scheduler reads and writes of a thread stands in front of what others need of it: its place in the run queue and
// its place in the timer queue, with its deadline, included.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Winvalid-offsetof"
constexpr std::size_t scheduler_state = offsetof(kernel::ThreadControl, id);
#pragma GCC diagnostic pop
static_assert(scheduler_state <= 64);
static_assert(sizeof(kernel::ThreadControl) <= 256);

namespace {

constexpr int workers = 4;
constexpr std::size_t stack_bytes = config::stack_size_default;

constinit std::array<StaticStack<stack_bytes>, workers> stacks;
constinit Mutex<int> total{0};
constinit MessageQueue<int, 4> reports{};
constinit BinarySemaphore tick{};

}  // namespace

int main()
{
    std::array<JoinHandle<int>, workers> handles;
    for (int index = 0; index < workers; ++index) {
        const auto place = static_cast<std::size_t>(index);
        handles[place] = std::move(*ThreadBuilder{}.name("worker").stack(stacks[place]).spawn([index] {
            for (int turn = 0; turn < 3; ++turn) {
                this_thread::sleep_for(1ms * (index + 1));
                *total.lock() += index;
            }
            reports.send(index);
            return index;
        }));
    }
    Timer ticker{[] { static_cast<void>(tick.try_release()); }};
    ticker.start_periodic(1ms);
    for (int count = 0; count < 3; ++count) {
        tick.acquire();
    }
    ticker.cancel();
    print("first report {}\n", reports.receive());
    print("{}\n", handles[3].join_for(1ms).error());
    for (auto& handle : handles) {
        print("{}\n", handle.join().value());
    }
    print("total {}\n", *total.lock());
    return 0;
}
