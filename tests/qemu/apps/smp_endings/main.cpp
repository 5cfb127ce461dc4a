// How images with several CPUs end while all of them are busy: one word is the last, and it is complete.
#include "../support/scenario.hpp"

#include <pegplan/board/arch.hpp>
#include <pegplan/pegplan.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>
#include <utility>

using namespace pegplan;
using namespace std::chrono_literals;

namespace smp_endings {

constexpr CpuId last{cpu_count - 1};
constexpr Priority low{5};
constexpr Priority high{20};

auto start_on(CpuId cpu, std::string_view name, Priority priority, auto function)
{
    auto spawned = ThreadBuilder{}.name(name).priority(priority).cpu_affinity(CpuSet{cpu}).spawn(std::move(function));
    if (!spawned) {
        panic("CPU {}: {}", cpu, spawned.error());
    }
    return std::move(*spawned);
}

/// Starts a thread on each CPU that would go on for ever, and returns when all run.
void keep_all_busy(auto function)
{
    static std::array<JoinHandle<void>, cpu_count> threads;
    static std::atomic<std::uint32_t> running{0};
    for (std::uint32_t index = 0; index < cpu_count; ++index) {
        threads[index] = start_on(CpuId{index}, "busy", low, [function] {
            ++running;
            for (;;) {
                function();
            }
        });
    }
    while (running < cpu_count) {
        this_thread::sleep_for(1ms);
    }
}

/// Never waits; but emulators that run CPUs in turn let the next one run.
void compute() noexcept
{
    arch::Port::relax();
}

[[gnu::noinline]] void writes_to(volatile int* place) noexcept
{
    *place = 1;
}

/// A null pointer that the compiler does not know for one.
volatile int* nowhere() noexcept
{
    static volatile int* volatile pointer = nullptr;
    return pointer;
}

int main_returns()
{
    keep_all_busy(compute);
    print("main returns\n");
    return 7;
}

int fault_on_the_last_cpu()
{
    keep_all_busy(compute);
    start_on(last, "faulty", high, [] { writes_to(nowhere()); }).join();
    return 0;
}

int panic_while_others_print()
{
    keep_all_busy([] { print("a line\n"); });
    start_on(last, "worker", high, [] { panic("value {} of a test", 42); }).join();
    return 0;
}

int faults_on_all_cpus()
{
    static std::atomic<bool> now{false};
    keep_all_busy([] {
        compute();
        if (now) {
            writes_to(nowhere());
        }
    });
    now = true;
    this_thread::sleep_for(1h);
    return 0;
}

/// Those that have left need not be halted, and nobody waits for them to be.
int panic_while_a_cpu_is_stopped()
{
    stop_cpu(CpuId{1}).value();
    panic("value {} of a test", 43);
}

struct Scenario {
    std::string_view name;
    int (*run)();
};

constexpr Scenario scenarios[] = {
    {"main_returns", main_returns},
    {"fault_on_the_last_cpu", fault_on_the_last_cpu},
    {"panic_while_others_print", panic_while_others_print},
    {"faults_on_all_cpus", faults_on_all_cpus},
    {"panic_while_a_cpu_is_stopped", panic_while_a_cpu_is_stopped},
};

}  // namespace smp_endings

int main()
{
    const auto& scenario = smp_endings::scenarios[scenario::number()];
    print("scenario {}\n", scenario.name);
    return scenario.run();
}
