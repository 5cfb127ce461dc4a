// Misuse of pools and heaps, of each boot one kind (support/scenario.hpp). The list below and MISUSE of test_memory.py are
// the same.
#include "tests/qemu/apps/support/scenario.hpp"

#include <pegplan/pegplan.hpp>

#include <array>
#include <cstring>
#include <string_view>

using namespace pegplan;

namespace memory_endings {

alignas(64) constinit std::array<std::byte, 8_KiB> memory{};

/// What the compiler cannot know.
template <class T>
[[gnu::noinline]] T opaque(T value)
{
    asm volatile("" : "+r"(value) : : "memory");
    return value;
}

void block_released_twice()
{
    FixedPool pool{memory, 32};
    void* const block = pool.allocate().value();
    pool.release(block);
    pool.release(opaque(block));
}

void block_of_another_pool()
{
    FixedPool pool{std::span{memory}.first(1_KiB), 32};
    FixedPool other{std::span{memory}.last(1_KiB), 32};
    pool.release(opaque(other.allocate().value()));
}

void middle_of_a_block()
{
    FixedPool pool{memory, 32};
    pool.release(opaque(static_cast<std::byte*>(pool.allocate().value()) + 8));
}

void pool_destroyed_in_use()
{
    FixedPool pool{memory, 32};
    static_cast<void>(pool.allocate());
}

void pool_without_room()
{
    const FixedPool pool{std::span{memory}.first(opaque(std::size_t{20})), 32};
}

void object_destroyed_twice()
{
    static ObjectPool<int, 4> pool;
    int* const object = pool.create(1).value();
    pool.destroy(object);
    pool.destroy(opaque(object));
}

void foreign_object()
{
    static ObjectPool<int, 4> pool;
    int foreign = 1;
    pool.destroy(opaque(&foreign));
}

void objects_outlive_their_pool()
{
    ObjectPool<int, 4> pool;
    static_cast<void>(pool.create(1));
}

void heap_released_twice()
{
    Heap heap{memory};
    void* const first = heap.allocate(100).value();
    void* const second = heap.allocate(100).value();
    heap.release(first);
    heap.release(second);  // becomes a part of what lies before it
    heap.release(opaque(second));
}

void heap_foreign_pointer()
{
    Heap heap{memory};
    int foreign = 1;
    heap.release(opaque(&foreign));
}

void heap_middle_of_a_block()
{
    Heap heap{memory};
    auto* const block = static_cast<std::byte*>(heap.allocate(200).value());
    std::memset(block, 0x40, 200);
    heap.release(opaque(block + 64));
}

void heap_header_overwritten()
{
    Heap heap{memory};
    auto* const first = static_cast<std::byte*>(heap.allocate(64).value());
    void* const second = heap.allocate(64).value();
    std::memset(first, 0x20, opaque(std::size_t{80}));
    heap.release(second);
}

void heap_odd_alignment()
{
    Heap heap{memory};
    static_cast<void>(heap.allocate(64, opaque(std::size_t{48})));
}

void heap_without_room()
{
    const Heap heap{std::span{memory}.first(opaque(std::size_t{100}))};
}

struct Scenario {
    std::string_view name;
    void (*run)();
};

constexpr Scenario scenarios[] = {
    {"block_released_twice", block_released_twice},
    {"block_of_another_pool", block_of_another_pool},
    {"middle_of_a_block", middle_of_a_block},
    {"pool_destroyed_in_use", pool_destroyed_in_use},
    {"pool_without_room", pool_without_room},
    {"object_destroyed_twice", object_destroyed_twice},
    {"foreign_object", foreign_object},
    {"objects_outlive_their_pool", objects_outlive_their_pool},
    {"heap_released_twice", heap_released_twice},
    {"heap_foreign_pointer", heap_foreign_pointer},
    {"heap_middle_of_a_block", heap_middle_of_a_block},
    {"heap_header_overwritten", heap_header_overwritten},
    {"heap_odd_alignment", heap_odd_alignment},
    {"heap_without_room", heap_without_room},
};

}  // namespace memory_endings

int main()
{
    const memory_endings::Scenario& chosen = memory_endings::scenarios[scenario::number()];
    print("scenario {}\n", chosen.name);
    chosen.run();
    return 1;
}
