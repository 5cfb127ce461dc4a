// The plan of a board's memory, and how many page tables it takes: the constexpr count must hold for random boards.
#include "toy_page_format.hpp"

#include "arch/mmu/memory_plan.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <random>

using namespace pegplan::arch;
using namespace pegplan::arch::mmu;
using namespace toy_pages;

namespace {

MemoryRegion ram(std::uintptr_t base, std::size_t size)
{
    return {"ram", MemoryKind::ram, base, size};
}

template <class Format>
void fuzz_count(std::uint64_t seed)
{
    std::mt19937_64 random{seed};
    // Two RAM regions and four devices in ascending places that do not touch.
    std::array<std::uintptr_t, 12> edges{};
    for (auto& edge : edges) {
        const std::uintptr_t units[] = {page_size, 2 * mib, gib};
        edge = random() % (8 * gib / units[random() % 3]) * units[random() % 3] % (8 * gib);
        edge = std::max(page_floor(edge), page_size);
    }
    std::sort(edges.begin(), edges.end());
    if (std::adjacent_find(edges.begin(), edges.end()) != edges.end()) {
        return;
    }
    std::array<int, 6> order{0, 1, 2, 3, 4, 5};
    std::shuffle(order.begin(), order.end(), random);
    const auto low = [&](int i) { return edges[static_cast<std::size_t>(2 * order[static_cast<std::size_t>(i)])]; };
    const auto size = [&](int i) {
        return edges[static_cast<std::size_t>(2 * order[static_cast<std::size_t>(i)] + 1)] - low(i);
    };
    const std::array<MemoryRegion, 2> memory{ram(low(0), size(0)), ram(low(1), size(1))};
    std::array<MemoryRegion, 4> mmio{};
    for (int i = 0; i < 4; ++i) {
        mmio[static_cast<std::size_t>(i)] = {"device", MemoryKind::mmio, low(i + 2),
                                             std::min<std::size_t>(size(i + 2), 20 * mib)};
    }
    const auto plan = plan_memory(memory, mmio);
    REQUIRE(plan.is_sound());

    const Range image{"ram", low(0), low(0) + size(0), Permission::read_write};
    const std::size_t boundaries = random() % 4;
    std::array<std::uintptr_t, 3> cuts{};
    for (auto& cut : cuts) {
        cut = image.base + page_floor(random() % (image.end - image.base));
    }
    std::sort(cuts.begin(), cuts.begin() + boundaries);

    Pool<Format> pool{100};
    PageTableBuilder<Format> builder{pool};
    for (const Range& range : plan) {
        std::uintptr_t at = range.base;
        if (range.base == image.base) {
            for (std::size_t i = 0; i < boundaries; ++i) {
                if (cuts[i] > at) {
                    REQUIRE(builder.map(at, cuts[i] - at, Permission::read_only) == MapError::none);
                    at = cuts[i];
                }
            }
        }
        REQUIRE(builder.map(at, range.end - at, range.permission) == MapError::none);
    }
    const std::size_t bound = tables_for<Format>(plan, image, boundaries);
    if (boundaries == 0) {
        REQUIRE(builder.tables_used() == bound);
    } else {
        REQUIRE(builder.tables_used() <= bound);
    }
}

}  // namespace

TEST_CASE("devices are widened to pages and merged, RAM is narrowed")
{
    constexpr std::array memory{
        MemoryRegion{"firmware", MemoryKind::reserved, 0x8000'0000, 0x20'0000},
        MemoryRegion{"ram", MemoryKind::ram, 0x8020'0800, 0x7e0'0000},
    };
    constexpr std::array mmio{
        MemoryRegion{"uart", MemoryKind::mmio, 0x1000'0000, 0x100},
        MemoryRegion{"neighbour", MemoryKind::mmio, 0x1000'0400, 0xc01},
        MemoryRegion{"power", MemoryKind::mmio, 0x10'0000, 0x1000},
    };
    constexpr auto plan = plan_memory(memory, mmio);
    static_assert(plan.is_sound() && plan.keeps_null_unmapped() && plan.is_below(32) && !plan.is_below(31));
    static_assert(plan.count == 3);
    static_assert(plan.ranges[0].base == 0x10'0000 && plan.ranges[0].end == 0x10'1000);
    static_assert(plan.ranges[1].base == 0x1000'0000 && plan.ranges[1].end == 0x1000'2000);
    static_assert(plan.ranges[2].base == 0x8020'1000 && plan.ranges[2].end == 0x8800'0000);
    static_assert(plan.ranges[2].permission == Permission::read_write);

    constexpr std::array in_ram{MemoryRegion{"uart", MemoryKind::mmio, 0x8100'0000, 0x100}};
    static_assert(!plan_memory(memory, in_ram).is_sound());
    constexpr std::array at_null{MemoryRegion{"rom", MemoryKind::mmio, 0x800, 0x100}};
    static_assert(!plan_memory(memory, at_null).keeps_null_unmapped());
}

TEST_CASE("the count of tables is exact for a plan and a bound for an image")
{
    for (std::uint64_t seed = 0; seed < 3000; ++seed) {
        CAPTURE(seed);
        fuzz_count<Sv39Like>(seed);
        fuzz_count<NoGigapages>(seed);
        fuzz_count<FourLevels>(seed);
    }
}
