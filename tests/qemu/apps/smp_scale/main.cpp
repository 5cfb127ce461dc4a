// What operations cost on one CPU of several, whose threads yield to one another, wake one another, are spawned and joined: first
// while all other CPUs are idle, then while each does the same for itself. `scripts/pegplan bench --scale` runs images for 1 to 64
// CPUs under -icount.
//
// There QEMU runs the CPUs in turns, and the clock counts the instructions of all of them. While one CPU is at work the others
// halt, so the first rows are how long the paths are, exactly. With all at work a turn may end anywhere, also while a lock is held,
// for which the others then spin for up to a turn of 100 ms: those rows are medians of many samples, and say how much CPUs that have
// nothing to do with one another get into each other's way, rather than what that costs on a machine.
#include <pegplan/pegplan.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

using namespace pegplan;

namespace {

constexpr std::size_t samples = 33;
constexpr std::size_t operations = 50;  // in a sample: the clock of some boards has steps of 100 ns
constexpr std::size_t stack_bytes = config::stack_size_min + 2048;
constexpr Priority equal{config::main_priority};
constexpr Priority above{config::main_priority + 1};

using Picoseconds = std::uint64_t;  // of the clock: thousandths of an instruction

struct Samples {
    std::array<Picoseconds, samples> of_yield;
    std::array<Picoseconds, samples> of_wake;
    std::array<Picoseconds, samples> of_spawn;
};

std::array<Samples, config::cpus> all;
Samples alone;

template <class Operation>
void take(std::array<Picoseconds, samples>& into, Operation&& operation)
{
    operation();
    for (Picoseconds& sample : into) {
        const auto begin = Clock::now();
        for (std::size_t turn = 0; turn < operations; ++turn) {
            operation();
        }
        sample = static_cast<Picoseconds>((Clock::now() - begin).count()) * 1000 / operations;
    }
}

/// Another thread of this CPU does `partner` meanwhile.
template <class Operation, class Partner>
void take_with(std::array<Picoseconds, samples>& into, Priority priority, Operation&& operation, Partner&& partner)
{
    volatile bool stop = false;
    auto other = ThreadBuilder{}.stack_size(stack_bytes).priority(priority).spawn([&] {
        while (!stop) {
            partner();
        }
    });
    if (!other) {
        panic("spawn: {}", other.error());
    }
    take(into, operation);
    stop = true;
    operation();
    other->join();
}

/// What each CPU does. Threads stay on the CPU of the one that spawns them.
void work(Samples& own)
{
    take_with(own.of_yield, equal, [] { yield_now(); }, [] { yield_now(); });
    Semaphore semaphore{0};
    take_with(own.of_wake, above, [&] { semaphore.release(); }, [&] { semaphore.acquire(); });
    take(own.of_spawn, [] {
        auto thread = ThreadBuilder{}.stack_size(stack_bytes).spawn([] {});
        if (!thread || !thread->join()) {
            panic("a thread was not joined");
        }
    });
}

Picoseconds median(std::array<Picoseconds, samples> values)
{
    std::nth_element(values.begin(), values.begin() + samples / 2, values.end());
    return values[samples / 2];
}

/// The mean of the CPUs' medians, and the worst of them.
void report(std::string_view name, std::span<const Samples> cpus, std::array<Picoseconds, samples> Samples::*row)
{
    Picoseconds sum = 0;
    Picoseconds worst = 0;
    for (const Samples& own : cpus) {
        const Picoseconds typical = median(own.*row);
        sum += typical;
        worst = std::max(worst, typical);
    }
    const Picoseconds mean = sum / cpus.size() / 10;
    print("row {}: {}.{:02} {}\n", name, mean / 100, mean % 100, (worst + 999) / 1000);
}

/// Begins the work of a CPU as soon as `begin` lets it.
JoinHandle<void> employ(unsigned cpu, Semaphore& begin, Samples& into)
{
    auto worker = ThreadBuilder{}.priority(above).cpu_affinity(CpuSet{CpuId{cpu}}).spawn([&begin, &into] {
        begin.acquire();
        this_thread::current().set_priority(equal);
        work(into);
    });
    if (!worker) {
        panic("spawn: {}", worker.error());
    }
    return std::move(*worker);
}

}  // namespace

int main()
{
    Semaphore begin{0, config::cpus};
    {
        auto worker = employ(config::cpus - 1, begin, alone);
        begin.release();
        static_cast<void>(worker.join());
    }
    std::array<JoinHandle<void>, config::cpus> workers;
    for (unsigned cpu = 0; cpu < config::cpus; ++cpu) {
        workers[cpu] = employ(cpu, begin, all[cpu]);
    }
    begin.release(config::cpus);
    for (auto& worker : workers) {
        static_cast<void>(worker.join());
    }
    print("group {} CPUs\n", config::cpus);
    const std::span<const Samples> one{&alone, 1};
    report("yield, two threads take a turn each, others idle", one, &Samples::of_yield);
    report("wake and wait again, others idle", one, &Samples::of_wake);
    report("spawn and join, others idle", one, &Samples::of_spawn);
    report("yield, two threads take a turn each, all at work", all, &Samples::of_yield);
    report("wake and wait again, all at work", all, &Samples::of_wake);
    report("spawn and join, all at work", all, &Samples::of_spawn);
    return 0;
}
