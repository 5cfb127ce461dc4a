// The page-table builder against an oracle, on toy formats: every map, protect and unmap must leave exactly the
// mappings that a list of ranges predicts, and the constexpr count of tables must hold for random boards.
#include <doctest/doctest.h>

#include "arch/mmu/memory_plan.hpp"
#include "arch/mmu/page_table.hpp"

#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <random>
#include <vector>

using namespace pegplan::arch;
using namespace pegplan::arch::mmu;

namespace {

/// REQUIRE, for the inside of a format, where it would be in the way of constant evaluation.
constexpr void check(bool holds) noexcept
{
    if (!holds) {
        std::abort();  // the builder broke the format's rules
    }
}

constexpr std::uintptr_t kib = 1024;
constexpr std::uintptr_t mib = 1024 * kib;
constexpr std::uintptr_t gib = 1024 * mib;

/// Three or four levels; blocks up to `largest_leaf`. Bit 0: present, bit 1: leaf, bits 2 and 3: permission, bits 4
/// to 7: level of a leaf, so that a leaf at the wrong level is noticed.
template <int level_count, int largest_leaf>
struct ToyFormat {
    using Entry = std::uint64_t;
    static constexpr int levels = level_count;
    static constexpr int address_bits = 12 + 9 * level_count - 1;

    static constexpr bool may_hold_leaf(int level) noexcept { return level <= largest_leaf; }
    static constexpr Entry table(std::uintptr_t address) noexcept
    {
        check(address % page_size == 0);
        return address | 1;
    }
    static constexpr Entry leaf(std::uintptr_t address, Permission permission, int level) noexcept
    {
        check(may_hold_leaf(level));
        check(address % (page_size << (9 * level)) == 0);
        return address | static_cast<Entry>(level) << 4 | static_cast<Entry>(permission) << 2 | 3;
    }
    static constexpr bool is_present(Entry entry) noexcept { return (entry & 1) != 0; }
    static constexpr bool is_leaf(Entry entry, int level) noexcept
    {
        const bool leaf = (entry & 2) != 0;
        if (leaf) {
            check(static_cast<int>(entry >> 4 & 15) == level);
        }
        return leaf;
    }
    static constexpr std::uintptr_t address(Entry entry) noexcept { return entry & ~std::uintptr_t{4095}; }
    static constexpr Permission permission(Entry entry) noexcept { return static_cast<Permission>(entry >> 2 & 3); }
};

using Sv39Like = ToyFormat<3, 2>;
using NoGigapages = ToyFormat<3, 1>;
using FourLevels = ToyFormat<4, 2>;
using PagesOnly = ToyFormat<3, 0>;

/// A pool filled with rubbish, as memory is at boot.
template <class Format>
struct Pool {
    explicit Pool(std::size_t size) : count{size}, tables{new PageTable<Format>[size]}
    {
        for (std::size_t i = 0; i < size; ++i) {
            tables[i].entries.fill(~typename Format::Entry{0});
        }
    }
    operator std::span<PageTable<Format>>() { return {tables.get(), count}; }
    std::size_t count;
    std::unique_ptr<PageTable<Format>[]> tables;
};

/// Disjoint ranges with a permission, by base.
struct Oracle {
    struct Piece {
        std::uintptr_t end;
        Permission permission;
    };
    std::map<std::uintptr_t, Piece> pieces;

    const Piece* find(std::uintptr_t address) const
    {
        auto next = pieces.upper_bound(address);
        if (next == pieces.begin()) {
            return nullptr;
        }
        --next;
        return address < next->second.end ? &next->second : nullptr;
    }
    bool any(std::uintptr_t base, std::uintptr_t end) const
    {
        const auto next = pieces.lower_bound(base);
        return find(base) != nullptr || (next != pieces.end() && next->first < end);
    }
    bool all(std::uintptr_t base, std::uintptr_t end) const
    {
        while (base < end) {
            const Piece* piece = find(base);
            if (piece == nullptr) {
                return false;
            }
            base = piece->end;
        }
        return true;
    }
    void cut(std::uintptr_t at)
    {
        const Piece* piece = find(at);
        if (piece != nullptr && !pieces.contains(at)) {
            const Piece right = *piece;
            std::prev(pieces.upper_bound(at))->second.end = at;
            pieces[at] = right;
        }
    }
    void erase(std::uintptr_t base, std::uintptr_t end)
    {
        cut(base);
        cut(end);
        pieces.erase(pieces.lower_bound(base), pieces.lower_bound(end));
    }
    void set(std::uintptr_t base, std::uintptr_t end, Permission permission)
    {
        erase(base, end);
        pieces[base] = {end, permission};
    }
};

template <class Builder>
void compare(Builder& builder, const Oracle& oracle, std::uintptr_t address)
{
    const auto mapping = builder.lookup(address);
    const auto* piece = oracle.find(address);
    REQUIRE(mapping.has_value() == (piece != nullptr));
    if (mapping) {
        REQUIRE(mapping->address == address);
        REQUIRE(mapping->permission == piece->permission);
    }
}

template <class Builder>
void compare_all(Builder& builder, const Oracle& oracle)
{
    for (const auto& [base, piece] : oracle.pieces) {
        for (const std::uintptr_t address :
             {base - 1, base, base + 1, base + (piece.end - base) / 2, piece.end - 1, piece.end}) {
            compare(builder, oracle, address);
        }
    }
}

/// A page-aligned address or size that is often at, or just beside, a multiple of a block.
std::uintptr_t random_place(std::mt19937_64& random, std::uintptr_t limit)
{
    const std::uintptr_t units[] = {page_size, 2 * mib, gib};
    const std::uintptr_t unit = units[random() % 3];
    const std::uintptr_t place = random() % (limit / unit + 1) * unit + (random() % 5) * page_size;
    const std::uintptr_t back = random() % 3 * page_size;
    return std::min(place > back ? place - back : place, limit);
}

template <class Format>
void fuzz(std::uint64_t seed)
{
    std::mt19937_64 random{seed};
    constexpr std::uintptr_t limit = 4 * gib;
    Pool<Format> pool{200};
    PageTableBuilder<Format> builder{pool};
    Oracle oracle;
    for (int step = 0; step < 300; ++step) {
        const std::uintptr_t base = random_place(random, limit - page_size);
        const std::uintptr_t most = Format::may_hold_leaf(1) ? limit - base : std::min(limit - base, 8 * mib);
        const std::uintptr_t size =
            std::max(page_size, random_place(random, random() % 2 == 0 ? std::min(most, 4 * mib) : most));
        const std::uintptr_t end = base + std::min(size, most);
        const auto permission = static_cast<Permission>(random() % 4);
        const bool free_before = !oracle.any(base, end);
        const bool full_before = oracle.all(base, end);
        MapError error{};
        switch (random() % 4) {
            case 0:
            case 1:
                error = builder.map(base, end - base, permission);
                if (error == MapError::none) {
                    REQUIRE(free_before);
                    oracle.set(base, end, permission);
                } else if (error == MapError::overlap) {
                    REQUIRE(!free_before);
                    std::uintptr_t at = base;  // what was free in front of the overlap is mapped now
                    while (oracle.find(at) == nullptr && builder.lookup(at).has_value()) {
                        at += builder.lookup(at)->span;
                    }
                    if (at != base) {
                        oracle.set(base, at, permission);
                    }
                }
                break;
            case 2:
                error = builder.protect(base, end - base, permission);
                if (error == MapError::none) {
                    REQUIRE(full_before);
                    oracle.set(base, end, permission);
                } else if (error != MapError::pool_exhausted) {
                    REQUIRE(error == MapError::not_mapped);
                    REQUIRE(!full_before);
                }
                break;
            default:
                error = builder.unmap(base, end - base);
                if (error == MapError::none) {
                    REQUIRE(full_before);
                    oracle.erase(base, end);
                } else if (error != MapError::pool_exhausted) {
                    REQUIRE(error == MapError::not_mapped);
                    REQUIRE(!full_before);
                }
                break;
        }
        if (error == MapError::pool_exhausted) {
            REQUIRE(builder.tables_used() == pool.count);
            return;  // a map that stopped half-way is what boot gives up on
        }
        compare(builder, oracle, base);
        compare(builder, oracle, end - 1);
        compare(builder, oracle, end);
        if (step % 20 == 0) {
            compare_all(builder, oracle);
        }
    }
    compare_all(builder, oracle);
}

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

TEST_CASE("the largest blocks that fit are used")
{
    Pool<Sv39Like> pool{8};
    PageTableBuilder<Sv39Like> builder{pool};
    REQUIRE(builder.map(2 * mib - page_size, 2 * gib + 4 * mib, Permission::read_write) == MapError::none);
    CHECK(builder.lookup(2 * mib - 1)->span == page_size);
    CHECK(builder.lookup(2 * mib)->span == 2 * mib);
    CHECK(builder.lookup(gib)->span == gib);
    CHECK(builder.lookup(2 * gib)->span == 2 * mib);
    CHECK(builder.lookup(2 * gib + 6 * mib - page_size - 1)->span == page_size);
    CHECK(!builder.lookup(2 * gib + 6 * mib - page_size));
    CHECK(builder.tables_used() == 5);
}

TEST_CASE("a format without gigabyte blocks gets none")
{
    Pool<NoGigapages> pool{3};
    PageTableBuilder<NoGigapages> builder{pool};
    REQUIRE(builder.map(0, 2 * gib, Permission::read_write) == MapError::none);
    CHECK(builder.lookup(gib)->span == 2 * mib);
    CHECK(builder.tables_used() == 3);
}

TEST_CASE("requests that cannot be meant are refused")
{
    Pool<Sv39Like> pool{8};
    PageTableBuilder<Sv39Like> builder{pool};
    CHECK(builder.map(gib, 0, Permission::read_only) == MapError::empty);
    CHECK(builder.map(~page_size + 1, 2 * page_size, Permission::read_only) == MapError::empty);
    CHECK(builder.map(gib + 1, page_size, Permission::read_only) == MapError::unaligned);
    CHECK(builder.map(gib, page_size + 8, Permission::read_only) == MapError::unaligned);
    CHECK(builder.map(256 * gib, page_size, Permission::read_only) == MapError::out_of_reach);
    CHECK(builder.map(256 * gib - page_size, 2 * page_size, Permission::read_only) == MapError::out_of_reach);
    CHECK(builder.tables_used() == 1);

    CHECK(builder.map(256 * gib - page_size, page_size, Permission::read_only) == MapError::none);
    CHECK(builder.protect(256 * gib - page_size, page_size, Permission::read_write) == MapError::none);
    CHECK(builder.map(256 * gib - gib, gib, Permission::read_only) == MapError::overlap);
    CHECK(builder.map(gib, gib, Permission::read_only) == MapError::none);
    CHECK(builder.map(gib + page_size, page_size, Permission::read_only) == MapError::overlap);
    CHECK(builder.protect(gib, 2 * gib, Permission::read_write) == MapError::not_mapped);
    CHECK(builder.lookup(gib)->permission == Permission::read_only);
    CHECK(builder.unmap(3 * gib, page_size) == MapError::not_mapped);
}

TEST_CASE("an exhausted pool is reported, and protect then changes nothing")
{
    Pool<Sv39Like> pool{2};
    PageTableBuilder<Sv39Like> builder{pool};
    REQUIRE(builder.map(0, 2 * gib, Permission::read_write) == MapError::none);
    CHECK(builder.tables_used() == 1);
    CHECK(builder.protect(gib + page_size, page_size, Permission::read_only) == MapError::pool_exhausted);
    CHECK(builder.lookup(gib + page_size)->permission == Permission::read_write);
    CHECK(builder.lookup(gib)->address == gib);
}

TEST_CASE("a guard page splits a block and leaves the rest as it was")
{
    Pool<Sv39Like> pool{3};
    PageTableBuilder<Sv39Like> builder{pool};
    REQUIRE(builder.map(gib, gib, Permission::read_write) == MapError::none);
    REQUIRE(builder.unmap(gib + 4 * mib + 5 * page_size, page_size) == MapError::none);
    CHECK(builder.lookup(gib)->span == 2 * mib);
    CHECK(builder.lookup(gib + 4 * mib)->span == page_size);
    CHECK(!builder.lookup(gib + 4 * mib + 5 * page_size));
    CHECK(builder.lookup(gib + 4 * mib + 6 * page_size)->permission == Permission::read_write);
    CHECK(builder.map(gib + 4 * mib + 5 * page_size, page_size, Permission::read_only) == MapError::none);
    CHECK(builder.lookup(gib + 4 * mib + 5 * page_size)->permission == Permission::read_only);
}

TEST_CASE("random sequences agree with the oracle")
{
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        CAPTURE(seed);
        fuzz<Sv39Like>(seed);
        fuzz<NoGigapages>(seed);
        fuzz<FourLevels>(seed);
        fuzz<PagesOnly>(seed);
    }
}

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
