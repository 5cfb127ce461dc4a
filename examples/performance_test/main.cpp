// How long the usual operations take.
//
//     scripts/pegplan run performance_test --profile speed --icount     # instructions: the same in each run
//     scripts/pegplan run performance_test --board host                 # nanoseconds
//
// (`scripts/pegplan bench` measures more, and with more care.)
#include <pegplan/pegplan.hpp>

#include <array>
#include <atomic>
#include <functional>
#include <string_view>

using namespace pegplan;

namespace {

constexpr int repetitions = 1000;

/// Keeps the compiler from doing nothing instead.
void keep()
{
    asm volatile("" : : : "memory");
}

template <class Operation>
void measure(std::string_view name, Operation operation)
{
    operation();  // what happens the first time only
    const auto begin = Clock::now();
    for (int round = 0; round < repetitions; ++round) {
        operation();
        keep();
    }
    const auto hundredths = (Clock::now() - begin).count() * 100 / repetitions;
    print("{:<44} {:>9}.{:02} ns\n", name, hundredths / 100, hundredths % 100);
}

/// There and back between two threads: two switches.
void measure_switches()
{
    BinarySemaphore there;
    BinarySemaphore back;
    std::atomic<bool> stop{false};
    auto partner = spawn([&] {
        for (;;) {
            there.acquire();
            if (stop) {
                return;
            }
            back.release();
        }
    });
    if (!partner) {
        print("the partner could not be spawned: {}\n", partner.error());
        return;
    }
    measure("semaphores: there and back", [&] {
        there.release();
        back.acquire();
    });
    stop = true;
    there.release();
    static_cast<void>(partner->join());
}

void measure_tasks()
{
    measure("task: run and wait", [] {
        TaskGroup group;
        group.run([] {});
        group.wait();
    });
    TaskGroup outer;
    outer.run([] {
        measure("task: run and wait, in a task", [] {
            TaskGroup group;
            group.run([] {});
            group.wait();
        });
    });
    outer.wait();
    static std::array<int, 4096> values;
    values.fill(1);
    int sum = 0;
    measure("parallel_reduce of 4096 values", [&sum] {
        sum = parallel_reduce(0, static_cast<int>(values.size()), 512, 0, std::plus{},
                              [](int i) { return values[static_cast<std::size_t>(i)]; });
    });
    print("their sum: {}\n", sum);
}

}  // namespace

int main()
{
    print("{} CPUs, {} repetitions\n", cpu_count, repetitions);
    measure("nothing", [] {});
    measure("yield, alone", [] { yield_now(); });
    measure("spawn and join", [] { static_cast<void>(spawn([] {})->join()); });
    Mutex<int> mutex{0};
    measure("mutex: lock and unlock", [&mutex] { *mutex.lock() += 1; });
    MessageQueue<int, 4> queue;
    measure("message queue: send and receive", [&queue] {
        queue.send(1);
        static_cast<void>(queue.receive());
    });
    measure_switches();
    measure_tasks();
    print("performance_test: done\n");
    return 0;
}
