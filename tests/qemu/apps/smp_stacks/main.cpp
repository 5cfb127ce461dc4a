// Stacks of many sizes come and go on all CPUs, so that pages are guards at one time and stacks at another, seen by each CPU. Each
// thread uses its stack to the lowest part. In the end one on the last CPU overflows.
#include <pegplan/pegplan.hpp>

#include <atomic>
#include <array>

using namespace pegplan;

namespace smp_stacks {

constexpr std::size_t rounds = 30;
constexpr std::size_t threads_at_a_time = 8;
constexpr std::size_t smallest = 8_KiB;
constexpr std::size_t step = 1_KiB;
constexpr std::size_t sizes = 61;
constexpr std::size_t reserve = 3_KiB;  // for the thread's own frames, and an interrupt

std::atomic<int> used = 0;

/// Writes all over `bytes` bytes below the stack pointer.
[[gnu::noinline]] void use(std::size_t bytes)
{
    auto* const room = static_cast<volatile char*>(__builtin_alloca(bytes));
    for (std::size_t place = 0; place < bytes; ++place) {
        room[place] = 1;
    }
    ++used;
}

[[gnu::noinline]] int descend(int depth)
{
    volatile char room[100];
    room[0] = static_cast<char>(depth);
    return depth < 1'000'000 ? descend(depth + 1) + room[0] : 0;
}

CpuSet only(unsigned cpu)
{
    return CpuSet{CpuId{cpu}};
}

}  // namespace smp_stacks

int main()
{
    using namespace smp_stacks;

    const unsigned cpus = CpuSet::all().count();
    for (std::size_t round = 0; round < rounds; ++round) {
        std::array<JoinHandle<void>, threads_at_a_time> handles;
        for (std::size_t index = 0; index < handles.size(); ++index) {
            const std::size_t size = smallest + step * ((round * handles.size() + index) % sizes);
            auto spawned = ThreadBuilder{}
                               .stack_size(size)
                               .cpu_affinity(only(static_cast<unsigned>(index) % cpus))
                               .spawn([size] { use(size - reserve); });
            if (!spawned) {
                print("spawn: {}\n", spawned.error());
                return 1;
            }
            handles[index] = std::move(*spawned);
        }
        for (auto& handle : handles) {
            handle.join();
        }
    }
    print("{} threads used their stacks\n", used.load());
    auto deep = ThreadBuilder{}.name("deep").stack_size(16_KiB).cpu_affinity(only(cpus - 1)).spawn([] { return descend(0); });
    return deep->join().value();
}
