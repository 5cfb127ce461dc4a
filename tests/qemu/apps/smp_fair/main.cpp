// Shares on several CPUs: each CPU shares among its own threads. For two CPUs.
#include "tests/qemu/apps/support/timing.hpp"
#include "tests/qemu/apps/support/work.hpp"

#include <pegplan/pegplan.hpp>

#include <array>
#include <atomic>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

constexpr CpuId first{0};
constexpr CpuId second{1};
constexpr auto slice = 1ms;

std::chrono::nanoseconds spin_until(Clock::time_point end)
{
    auto used = 0ns;
    for (auto last = Clock::now(); last < end;) {
        const auto now = Clock::now();
        if (now - last < work::gap) {
            used += now - last;
        }
        last = now;
    }
    return used;
}

bool about(std::chrono::nanoseconds used, std::chrono::nanoseconds due)
{
    return used > due - 5 * slice && used < due + 5 * slice;
}

/// 1 : 3 on the second CPU, whatever runs on the first.
void shares()
{
    print("== shares\n");
    std::array<JoinHandle<std::chrono::nanoseconds>, 3> handles;
    const auto end = Clock::now() + 120ms;
    const std::array<std::uint32_t, 3> weights{100, 300, 10};
    for (std::size_t index = 0; index < handles.size(); ++index) {
        const CpuSet where{index < 2 ? second : first};
        handles[index] = std::move(*ThreadBuilder{}.weight(weights[index]).time_slice(slice).cpu_affinity(where).spawn(
            [end] { return spin_until(end); }));
    }
    print("30 ms {}\n", about(handles[0].join().value(), 30ms));
    print("90 ms {}\n", about(handles[1].join().value(), 90ms));
    print("120 ms {}\n", about(handles[2].join().value(), 120ms));
}

/// A thread that moves gets its share among the others there from then on, wherever their virtual times stand.
void moves()
{
    print("== moves\n");
    std::atomic<bool> stop = false;
    auto old = ThreadBuilder{}.time_slice(slice).cpu_affinity(CpuSet{second}).spawn([&stop] {
        while (!stop) {
        }
    });
    this_thread::sleep_for(50ms);
    auto mover = ThreadBuilder{}.time_slice(slice).cpu_affinity(CpuSet{first}).spawn([] {
        spin_until(Clock::now() + 20ms);
        this_thread::current().set_affinity(CpuSet{second});
        const bool moved = this_cpu::id() == second;
        const auto there = spin_until(Clock::now() + 60ms);
        this_thread::current().set_affinity(CpuSet{first});
        const auto back = spin_until(Clock::now() + 20ms);
        print("moved {}, half of the time {}, all of it {}\n", moved, about(there, 30ms), about(back, 20ms));
    });
    mover->join();
    stop = true;
    old->join();
}

/// The weight of a thread that runs elsewhere.
void weights()
{
    print("== weights\n");
    Clock::time_point begin = Clock::now();
    const auto halves = [begin] {
        const auto early = spin_until(begin + 50ms);
        return std::array<std::chrono::nanoseconds, 2>{early, spin_until(begin + 110ms)};
    };
    auto a = ThreadBuilder{}.time_slice(slice).cpu_affinity(CpuSet{second}).spawn(halves);
    auto b = ThreadBuilder{}.time_slice(slice).cpu_affinity(CpuSet{second}).spawn(halves);
    this_thread::current().set_affinity(CpuSet{first});
    this_thread::sleep_until(begin + 50ms);
    print("set {}\n", a->thread().set_weight(200).has_value());
    const auto of_a = a->join().value();
    const auto of_b = b->join().value();
    print("1 : 1 {}, 2 : 1 {}\n", about(of_a[0], 25ms) && about(of_b[0], 25ms), about(of_a[1], 40ms) && about(of_b[1], 20ms));
    this_thread::current().set_affinity(CpuSet::all());
}

}  // namespace

int main()
{
    shares();
    moves();
    weights();
    return 0;
}
