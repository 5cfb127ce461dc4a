// Formats of page tables that no machine has, for tests of the builder, and pools of such tables.
#pragma once

#include "arch/mmu/page_table.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

namespace toy_pages {

using namespace pegplan::arch;
using namespace pegplan::arch::mmu;

/// REQUIRE, for the inside of a format, where it would be in the way of constant evaluation.
constexpr void check(bool holds) noexcept
{
    if (!holds) {
        std::abort();  // the builder broke the format's rules
    }
}

inline constexpr std::uintptr_t kib = 1024;
inline constexpr std::uintptr_t mib = 1024 * kib;
inline constexpr std::uintptr_t gib = 1024 * mib;

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

}  // namespace toy_pages
