// The types of the generated header <pegplan/board/memory_map.hpp>.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pegplan::arch {

enum class MemoryKind : std::uint8_t {
    ram,       ///< free for the image, stacks and heap
    reserved,  ///< firmware or the like: never mapped
    mmio,      ///< device registers: mapped as device memory, never executable
};

struct MemoryRegion {
    std::string_view name;
    MemoryKind kind;
    std::uintptr_t base;
    std::size_t size;  ///< bytes
};

/// RAM of a node (<pegplan/board/numa.hpp>).
struct NodeMemory {
    std::uint8_t node;
    std::uintptr_t base;
    std::size_t size;  ///< bytes
};

}  // namespace pegplan::arch
