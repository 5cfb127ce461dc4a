// The page-table builder against an oracle, on toy formats: every map, protect and unmap must leave exactly the
// mappings that a list of ranges predicts.
#include <doctest/doctest.h>

#include "toy_page_format.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <random>
#include <vector>

using namespace pegplan::arch;
using namespace pegplan::arch::mmu;
using namespace toy_pages;

namespace {

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
