// What memory costs.
#include "tests/perf/suite/measure.hpp"

#include <array>
#include <cstddef>

namespace bench {

namespace {

/// Blocks of sizes from 16 to 1,039 bytes, of which some always stay in use, so that free memory is in pieces.
void measure_heap()
{
    alignas(Heap::alignment) static std::array<std::byte, 64_KiB> memory;
    static Heap heap{memory};
    constexpr std::size_t kept = 16;
    std::array<void*, kept> blocks{};
    Row releases{"heap: release"};
    Row allocates{"heap: allocate"};
    Stopwatch watch;
    std::uint32_t random = 1;
    for (Count turn = 0; turn < warm_up + repetitions; ++turn) {
        random = random * 1'664'525 + 1'013'904'223;  // Numerical Recipes' generator: any will do
        const std::size_t size = 16 + (random >> 22);
        void*& block = blocks[(random >> 8) % kept];
        watch.start();
        heap.release(block);
        const Count released = watch.stop();
        if (block != nullptr) {
            releases.add(released);
        }
        watch.start();
        block = *heap.allocate(size);
        allocates.add(watch.stop());
    }
}

void measure_pool()
{
    alignas(FixedPool::alignment) static std::array<std::byte, 2048> memory;
    static FixedPool pool{memory, 128};
    Row releases{"pool: release"};
    Row allocates{"pool: allocate"};
    Stopwatch watch;
    for (Count turn = 0; turn < warm_up + repetitions; ++turn) {
        watch.start();
        void* const block = *pool.allocate();
        allocates.add(watch.stop());
        watch.start();
        pool.release(block);
        releases.add(watch.stop());
    }
}

}  // namespace

void measure_memory()
{
    begin_group("Memory");
    measure_heap();
    measure_pool();
}

}  // namespace bench
