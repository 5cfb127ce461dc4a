// The system heap. Compiled with HEAP alone.
#include "core/memory/system_heap.hpp"

#include <pegplan/config/memory.hpp>
#include <pegplan/heap.hpp>
#include <pegplan/units.hpp>

#include <array>

namespace pegplan {

namespace {

alignas(Heap::alignment) constinit std::array<std::byte, config::heap_size_kib * 1_KiB> memory{};
constinit Heap heap{};

}  // namespace

Heap& system_heap() noexcept
{
    return heap;
}

void kernel::initialize_system_heap() noexcept
{
    heap.add_region(memory);
}

}  // namespace pegplan
