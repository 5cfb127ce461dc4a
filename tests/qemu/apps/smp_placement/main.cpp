// Threads run at the same time, on CPUs that they may use, and move when that changes. The same text for any number of CPUs
// from two on, with both kinds of placement.
#include <pegplan/pegplan.hpp>

#include <array>
#include <atomic>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

constexpr Priority above_main{20};
constexpr Priority below_main{3};

template <class Condition>
void spin_until(Condition condition)
{
    while (!condition()) {
    }
}

template <class F>
auto start(F function, Priority priority = above_main, CpuSet cpus = CpuSet::all())
{
    return ThreadBuilder{}.priority(priority).cpu_affinity(cpus).spawn(std::move(function)).value();
}

std::atomic<std::uint32_t> present{0};

/// Only if each has a CPU of its own does any of them get further.
void all_at_once()
{
    std::array<JoinHandle<void>, cpu_count> threads;
    for (auto& thread : threads) {
        thread = start([] {
            present.fetch_add(1);
            spin_until([] { return present.load() == cpu_count; });
        });
    }
    for (auto& thread : threads) {
        static_cast<void>(thread.join());
    }
    print("as many threads as CPUs ran at once\n");
}

void pinned()
{
    bool right = true;
    std::array<JoinHandle<std::uint32_t>, cpu_count> threads;
    for (std::uint32_t index = 0; index < cpu_count; ++index) {
        threads[index] = start(
            [] {
                const std::uint32_t first = this_cpu::id().index();
                this_thread::sleep_for(1ms);
                yield_now();
                return first == this_cpu::id().index() ? first : cpu_count;
            },
            above_main, CpuSet{CpuId{index}});
    }
    for (std::uint32_t index = 0; index < cpu_count; ++index) {
        right = right && threads[index].join().value() == index;
    }
    print("each on the CPU that it was told: {}\n", right);
}

void moves_itself()
{
    auto thread = start([] {
        bool right = true;
        for (std::uint32_t index = cpu_count; index-- > 0;) {
            const Thread self = this_thread::current();
            right = self.set_affinity(CpuSet{CpuId{index}}).has_value() && right;
            right = right && this_cpu::id().index() == index && self.cpu() == CpuId{index};
            right = right && self.affinity() == CpuSet{CpuId{index}};
        }
        return right;
    });
    print("went from CPU to CPU by itself: {}\n", thread.join().value());
}

std::atomic<std::uint32_t> seen_on{cpu_count};
std::atomic<bool> enough{false};
std::atomic<std::uint64_t> rounds{0};

void is_moved_while_it_runs()
{
    auto thread = start([] {
        while (!enough) {
            seen_on = this_cpu::id().index();
            rounds.fetch_add(1);
        }
    }, below_main);
    for (std::uint32_t index = 0; index < cpu_count; ++index) {
        static_cast<void>(thread.thread().set_affinity(CpuSet{CpuId{index}}));
        while (seen_on != index) {
            this_thread::sleep_for(100us);
        }
    }
    print("was moved from CPU to CPU while it ran\n");

    static_cast<void>(thread.thread().set_affinity(CpuSet{CpuId{cpu_count - 1}}));
    static_cast<void>(this_thread::current().set_affinity(CpuSet{CpuId{0}}));
    static_cast<void>(thread.thread().suspend());
    this_thread::sleep_for(2ms);
    const std::uint64_t before = rounds;
    this_thread::sleep_for(2ms);
    print("suspended on another CPU: {}\n", rounds == before);
    static_cast<void>(thread.thread().resume());
    while (rounds == before) {
        this_thread::sleep_for(100us);
    }
    print("resumed there: {}\n", rounds > before);
    enough = true;
    static_cast<void>(thread.join());
    static_cast<void>(this_thread::current().set_affinity(CpuSet::all()));
}

void inherited()
{
    auto thread = start(
        [] {
            auto child = ThreadBuilder{}.spawn([] { return this_thread::current().affinity(); }).value();
            return child.join().value();
        },
        above_main, CpuSet{CpuId{1}});
    print("affinity is inherited: {}\n", thread.join().value() == CpuSet{CpuId{1}});
}

void wrong_sets()
{
    print("{}\n", ThreadBuilder{}.cpu_affinity(CpuSet{CpuId{cpu_count}}).spawn([] {}).error());
    print("{}\n", ThreadBuilder{}.cpu_affinity(CpuSet{}).spawn([] {}).error());
    print("{}\n", this_thread::current().set_affinity(CpuSet{}).error());
    print("{}\n", this_thread::current().set_affinity(CpuSet{CpuId{0}, CpuId{1000}}).error());
}

/// A thread on each CPU but one, and two that take turns on that.
void slices()
{
    std::atomic<bool> stop{false};
    std::array<std::atomic<std::uint64_t>, 2> counts{};
    std::array<JoinHandle<void>, 2> threads;
    const CpuSet last{CpuId{cpu_count - 1}};
    for (std::size_t index = 0; index < threads.size(); ++index) {
        threads[index] = start([&, index] {
            while (!stop) {
                counts[index].fetch_add(1);
            }
        }, below_main, last);
    }
    static_cast<void>(this_thread::current().set_affinity(CpuSet{CpuId{0}}));
    this_thread::sleep_for(50ms);
    print("equals share a CPU that the spawner does not run on: {}\n", counts[0] > 0 && counts[1] > 0);
    stop = true;
    for (auto& thread : threads) {
        static_cast<void>(thread.join());
    }
    static_cast<void>(this_thread::current().set_affinity(CpuSet::all()));
}

}  // namespace

int main()
{
    all_at_once();
    pinned();
    moves_itself();
    is_moved_while_it_runs();
    inherited();
    slices();
    wrong_sets();
    return 0;
}
