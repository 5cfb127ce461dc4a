// Each CPU of the image comes up and can do what the kernel needs of it: run threads, be interrupted by its own timer
// and by others, keep a thread's registers and variables when that comes and goes.
#include <pegplan/board/arch.hpp>
#include <pegplan/pegplan.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <utility>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

constexpr Priority low{5};
constexpr Priority urgent{25};

/// Calls `function(cpu)` for each CPU, the first one first.
void for_each_cpu(auto&& function)
{
    for (std::uint32_t index = 0; index < cpu_count; ++index) {
        function(CpuId{index});
    }
}

auto start_on(CpuId cpu, Priority priority, auto function)
{
    auto spawned = ThreadBuilder{}.priority(priority).cpu_affinity(CpuSet{cpu}).spawn(std::move(function));
    if (!spawned) {
        panic("CPU {}: {}", cpu, spawned.error());
    }
    return std::move(*spawned);
}

/// Says something if a check has failed, and nothing otherwise.
void expect(bool condition, std::string_view what, CpuId cpu)
{
    if (!condition) {
        print("CPU {}: {}\n", cpu, what);
    }
}

/// Never waits. But an emulator that counts instructions lets other CPUs run only when one asks for it, or now and
/// then.
void compute_until(const std::atomic<bool>& condition)
{
    while (!condition) {
        arch::Port::relax();
    }
}

void come_up()
{
    for_each_cpu([](CpuId cpu) {
        start_on(cpu, Priority{10}, [] { print("CPU {} is up\n", this_cpu::id()); }).join();
    });
}

/// The timer of each CPU wakes a thread there.
void sleep()
{
    print("== sleep\n");
    static std::array<JoinHandle<void>, cpu_count> threads;
    for_each_cpu([](CpuId cpu) {
        threads[cpu.index()] = start_on(cpu, low, [cpu] {
            for (const auto time : {1ms, 3ms}) {
                const auto start = Clock::now();
                this_thread::sleep_for(time);
                expect(Clock::now() - start >= time, "woken too early", cpu);
                expect(this_cpu::id() == cpu, "woken elsewhere", cpu);
            }
        });
    });
    for (JoinHandle<void>& thread : threads) {
        thread.join();
    }
}

/// The timer of each CPU ends the slices of equals there, which never give way otherwise.
void slices()
{
    print("== slices\n");
    for_each_cpu([](CpuId cpu) {
        std::atomic<bool> seen{false};
        auto first = start_on(cpu, low, [&seen] {
            compute_until(seen);
        });
        auto second = start_on(cpu, low, [&seen] { seen = true; });
        first.join();
        second.join();
    });
}

/// A CPU that computes lets a more urgent thread run as soon as another CPU has readied one, and goes on then.
void interrupts()
{
    print("== interrupts\n");
    for_each_cpu([](CpuId cpu) {
        std::atomic<bool> runs{false};
        std::atomic<bool> seen{false};
        auto busy = start_on(cpu, low, [&] {
            runs = true;
            compute_until(seen);
        });
        while (!runs) {
            this_thread::sleep_for(100us);
        }
        auto visitor = start_on(cpu, urgent, [&seen, cpu] {
            expect(this_cpu::id() == cpu, "interrupted elsewhere", cpu);
            seen = true;
        });
        busy.join();
        visitor.join();
    });
}

thread_local std::uint32_t visited = 0;

/// A thread goes through all CPUs and takes everything along.
void migration()
{
    print("== migration\n");
    auto traveller = ThreadBuilder{}.cpu_affinity(CpuSet::all()).spawn([] {
        double sum = 0.0;
        auto last = Clock::now();
        for (int round = 0; round < 3; ++round) {
            for_each_cpu([&](CpuId cpu) {
                if (!this_thread::current().set_affinity(CpuSet{cpu})) {
                    panic("CPU {} refused", cpu);
                }
                expect(this_cpu::id() == cpu, "not there", cpu);
                sum = sum + 0.5;
                ++visited;
                const auto now = Clock::now();
                expect(now >= last, "time has gone back", cpu);
                last = now;
            });
        }
        return sum == 0.5 * visited && visited == 3 * cpu_count;
    });
    print("all the same everywhere: {}\n", traveller->join().value());
}

}  // namespace

int main()
{
    // With -icount, QEMU before version 8.1 gives no other CPU a turn while the first one computes and no timer is set. So what
    // waits for the first CPU's threads must not itself depend on another CPU's timer.
    expect(this_thread::current().set_affinity(CpuSet{CpuId{0}}).has_value(), "main cannot stay here", CpuId{0});
    come_up();
    sleep();
    slices();
    interrupts();
    migration();
    return 0;
}
