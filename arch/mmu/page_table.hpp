// Builds page tables that map addresses to themselves, for every architecture with a radix tree of 4 KiB tables.
//
// A `Format` says how an architecture writes an entry; `PageTableBuilder` does the rest: it takes tables from a pool
// that its owner provides, uses the largest blocks that fit, and refuses what cannot be meant (overlaps, odd
// alignment). It works before the MMU is on (physical and virtual addresses are the same), and on live tables, where
// a `Store` of the architecture adds the TLB maintenance. It calls nothing of the kernel: errors are values, which the
// boot code turns into a message ("arch/mmu/kernel_map.hpp").
//
// Levels are counted from the leaves, on every architecture: an entry of level 0 maps a page of 4 KiB, of level 1 a
// block of 2 MiB, of level 2 one of 1 GiB, of level 3 one of 512 GiB. A "table of level n" holds entries of level n.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace pegplan::arch::mmu {

inline constexpr std::size_t page_size = 4096;

/// What the kernel may do with a page. Nothing is ever both writable and executable.
enum class Permission : std::uint8_t {
    read_execute,  ///< kernel text
    read_only,     ///< constants
    read_write,    ///< data, stacks, heap
    device,        ///< registers: read and write, uncached, in program order
};

/// What can be wrong with a request to the builder.
enum class MapError : std::uint8_t {
    none,
    empty,           ///< the size is 0, or the range wraps round the end of the address space
    unaligned,       ///< base or size is not a multiple of the page size
    out_of_reach,    ///< the range lies beyond the addresses that the format can map to themselves
    overlap,         ///< a page of the range is mapped already
    not_mapped,      ///< a page of the range is not mapped (protect, unmap)
    pool_exhausted,  ///< the pool has no table left
};

constexpr std::string_view describe(MapError error) noexcept
{
    switch (error) {
        case MapError::none:
            return "no error";
        case MapError::empty:
            return "the range is empty";
        case MapError::unaligned:
            return "the range is not aligned to pages";
        case MapError::out_of_reach:
            return "the range is beyond the reach of the page tables";
        case MapError::overlap:
            return "the range overlaps another mapping";
        case MapError::not_mapped:
            return "the range is not mapped";
        case MapError::pool_exhausted:
            return "the pool of page tables is exhausted";
    }
    return "unknown error";
}

/// How an architecture writes page table entries; all of it static and constexpr. An entry of all zeros must mean
/// "nothing is mapped". If blocks of one level exist, so do those of all lower ones.
template <class F>
concept PageTableFormat =
    std::unsigned_integral<typename F::Entry> &&
    requires(typename F::Entry entry, std::uintptr_t address, Permission permission, int level) {
        // How many levels there are; the root is the one table of level `levels - 1`.
        { F::levels } -> std::convertible_to<int>;
        // Addresses below 2^address_bits can be mapped to themselves (Sv39: 38, x86 with four levels: 47).
        { F::address_bits } -> std::convertible_to<int>;
        // Whether an entry of this level may map a page or block. True for level 0. A constant expression.
        { F::may_hold_leaf(level) } noexcept -> std::same_as<bool>;
        // The entry that points to a table of the next lower level.
        { F::table(address) } noexcept -> std::same_as<typename F::Entry>;
        // The entry of `level` that maps the page or block at `address`. The address is a number in a field of it: the
        // entries of neighbours differ by a constant.
        { F::leaf(address, permission, level) } noexcept -> std::same_as<typename F::Entry>;
        // Whether the entry holds anything.
        { F::is_present(entry) } noexcept -> std::same_as<bool>;
        // Of an entry that is present: whether it maps a page or block, rather than pointing to a table.
        { F::is_leaf(entry, level) } noexcept -> std::same_as<bool>;
        // Of an entry that is present: the address that it maps or points to.
        { F::address(entry) } noexcept -> std::same_as<std::uintptr_t>;
        // Of a leaf: the permission that it was made with.
        { F::permission(entry) } noexcept -> std::same_as<Permission>;
    };

template <PageTableFormat Format>
inline constexpr std::size_t entries_per_table = page_size / sizeof(typename Format::Entry);

/// How many bytes an entry of this level maps.
template <PageTableFormat Format>
constexpr std::uintptr_t span_of(int level) noexcept
{
    return std::uintptr_t{page_size} << (level * std::countr_zero(entries_per_table<Format>));
}

/// One table. Pools are arrays of these; they need not be zeroed.
template <PageTableFormat Format>
struct alignas(page_size) PageTable {
    std::array<typename Format::Entry, entries_per_table<Format>> entries;
};

/// Writes entries of tables that no CPU walks yet. For live tables an architecture supplies its own: `replace` must
/// then leave no stale translation of [address, address + span) behind, in the way that its CPUs demand (Arm:
/// break before make; RISC-V: sfence.vma; x86: invlpg).
struct DirectStore {
    template <class Entry>
    static void replace(Entry& slot, Entry value, std::uintptr_t /*address*/, std::uintptr_t /*span*/) noexcept
    {
        slot = value;
    }
};

template <PageTableFormat Format, class Store = DirectStore>
class PageTableBuilder {
public:
    using Entry = typename Format::Entry;
    using Table = PageTable<Format>;

    /// What a leaf says about an address.
    struct Mapping {
        std::uintptr_t address;  ///< where the address leads
        Permission permission;
        std::uintptr_t span;  ///< size of the page or block that maps it
    };

    /// The level of the root's entries.
    static constexpr int root_level = Format::levels - 1;

    /// Takes the root from `pool`, which needs one table at least and belongs to the tree from here on.
    explicit PageTableBuilder(std::span<Table> pool) noexcept : pool_{pool}, root_{take()} {}

    /// Maps [base, base + size) to itself, where nothing is mapped yet, by entries of up to `largest_level`. After an error
    /// part of it may be mapped.
    [[nodiscard]] MapError map(std::uintptr_t base, std::size_t size, Permission permission,
                               int largest_level = root_level) noexcept
    {
        if (const MapError error = check(base, size); error != MapError::none) {
            return error;
        }
        for (std::uintptr_t at = base, end = base + size; at != end;) {
            int level = root_level;
            Table* table = root_;
            while (level > largest_level || !fits(level, at, end) || points_to_table(slot(*table, at, level), level)) {
                if (const MapError error = descend(table, at, level); error != MapError::none) {
                    return error;
                }
            }
            if (const MapError error = fill(*table, level, at, end, permission); error != MapError::none) {
                return error;
            }
        }
        return MapError::none;
    }

    /// Changes what may be done with [base, base + size), all of which is mapped. Blocks that reach beyond the range
    /// are split, which takes up to `levels - 1` tables at either end. After an error nothing has changed.
    [[nodiscard]] MapError protect(std::uintptr_t base, std::size_t size, Permission permission) noexcept
    {
        return rewrite(base, size, [permission](std::uintptr_t at, int level) noexcept {
            return Format::leaf(at, permission, level);
        });
    }

    /// Makes every access to [base, base + size), all of which is mapped, fault: a guard page. Otherwise as `protect`.
    [[nodiscard]] MapError unmap(std::uintptr_t base, std::size_t size) noexcept
    {
        return rewrite(base, size, [](std::uintptr_t, int) noexcept { return Entry{}; });
    }

    /// What the tables say about `address`: nothing if an access to it would fault.
    [[nodiscard]] std::optional<Mapping> lookup(std::uintptr_t address) noexcept
    {
        if (!reachable(address)) {
            return std::nullopt;
        }
        const Leaf leaf = find(address);
        if (!Format::is_present(*leaf.entry)) {
            return std::nullopt;
        }
        const std::uintptr_t span = span_of<Format>(leaf.level);
        return Mapping{Format::address(*leaf.entry) + address % span, Format::permission(*leaf.entry), span};
    }

    /// Address of the root table, for the CPU's register.
    [[nodiscard]] std::uintptr_t root() const noexcept { return reinterpret_cast<std::uintptr_t>(root_); }

    /// How much of the pool is used, in tables.
    [[nodiscard]] std::size_t tables_used() const noexcept { return used_; }

private:
    static_assert(Format::may_hold_leaf(0) && !Format::is_present(Entry{0}));

    /// The last entry on the way to an address, and its level.
    struct Leaf {
        Entry* entry;
        int level;
    };

    static bool reachable(std::uintptr_t address) noexcept { return address >> Format::address_bits == 0; }

    static MapError check(std::uintptr_t base, std::size_t size) noexcept
    {
        const std::uintptr_t last = base + (size - 1);
        if (size == 0 || last < base) {
            return MapError::empty;
        }
        if (base % page_size != 0 || size % page_size != 0) {
            return MapError::unaligned;
        }
        return reachable(last) ? MapError::none : MapError::out_of_reach;
    }

    /// Whether one entry of `level` can map what starts at `at` without reaching beyond `end`.
    static bool fits(int level, std::uintptr_t at, std::uintptr_t end) noexcept
    {
        const std::uintptr_t span = span_of<Format>(level);
        return Format::may_hold_leaf(level) && at % span == 0 && end - at >= span;
    }

    static Entry& slot(Table& table, std::uintptr_t address, int level) noexcept
    {
        return table.entries[address / span_of<Format>(level) % entries_per_table<Format>];
    }

    static bool points_to_table(Entry entry, int level) noexcept
    {
        return Format::is_present(entry) && !Format::is_leaf(entry, level);
    }

    static Table* table_of(Entry entry) noexcept { return reinterpret_cast<Table*>(Format::address(entry)); }

    /// An empty table of the pool, or null.
    Table* take() noexcept
    {
        if (used_ == pool_.size()) {
            return nullptr;
        }
        Table* const table = &pool_[used_++];
        table->entries.fill(Entry{0});
        return table;
    }

    /// From the table of `level` to the one of the level below that covers `at`; makes that one if there is none.
    MapError descend(Table*& table, std::uintptr_t at, int& level) noexcept
    {
        Entry& entry = slot(*table, at, level);
        if (!Format::is_present(entry)) {
            Table* const lower = take();
            if (lower == nullptr) {
                return MapError::pool_exhausted;
            }
            Store::replace(entry, Format::table(reinterpret_cast<std::uintptr_t>(lower)), at, span_of<Format>(level));
        } else if (Format::is_leaf(entry, level)) {
            return MapError::overlap;
        }
        table = table_of(entry);
        --level;
        return MapError::none;
    }

    /// Writes leaves for `at` and what follows it in the table, up to one that would reach beyond `end` or that there
    /// is a table for already; moves `at` behind them.
    static MapError fill(Table& table, int level, std::uintptr_t& at, std::uintptr_t end,
                         Permission permission) noexcept
    {
        const std::uintptr_t span = span_of<Format>(level);
        const std::size_t first = at / span % entries_per_table<Format>;
        const std::size_t count = std::min<std::size_t>(entries_per_table<Format> - first, (end - at) / span);
        Entry leaf = Format::leaf(at, permission, level);
        const Entry step = Format::leaf(span, permission, level) - Format::leaf(0, permission, level);
        for (std::size_t index = first; index < first + count; ++index, at += span, leaf += step) {
            Entry& entry = table.entries[index];
            if (Format::is_present(entry)) {
                return points_to_table(entry, level) ? MapError::none : MapError::overlap;
            }
            Store::replace(entry, leaf, at, span);
        }
        return MapError::none;
    }

    /// The entry that maps `address`, or the empty one at which the way to it ends.
    Leaf find(std::uintptr_t address) noexcept
    {
        Table* table = root_;
        int level = root_level;
        while (points_to_table(slot(*table, address, level), level)) {
            table = table_of(slot(*table, address, level));
            --level;
        }
        return {&slot(*table, address, level), level};
    }

    /// Splits blocks until a page or block starts at `address`.
    MapError split(std::uintptr_t address) noexcept
    {
        for (;;) {
            const Leaf block = find(address);
            const std::uintptr_t span = span_of<Format>(block.level);
            if (!Format::is_present(*block.entry) || address % span == 0) {
                return MapError::none;
            }
            Table* const lower = take();
            if (lower == nullptr) {
                return MapError::pool_exhausted;
            }
            const std::uintptr_t start = address - address % span;
            const Permission permission = Format::permission(*block.entry);
            const std::uintptr_t lower_span = span_of<Format>(block.level - 1);
            for (std::size_t i = 0; i < lower->entries.size(); ++i) {
                lower->entries[i] = Format::leaf(start + i * lower_span, permission, block.level - 1);
            }
            Store::replace(*block.entry, Format::table(reinterpret_cast<std::uintptr_t>(lower)), start, span);
        }
    }

    /// Replaces every leaf of the range by `entry_for(address, level)`.
    template <class EntryFor>
    MapError rewrite(std::uintptr_t base, std::size_t size, EntryFor entry_for) noexcept
    {
        if (const MapError error = check(base, size); error != MapError::none) {
            return error;
        }
        const std::uintptr_t end = base + size;
        for (std::uintptr_t at = base; at < end;) {
            const Leaf leaf = find(at);
            if (!Format::is_present(*leaf.entry)) {
                return MapError::not_mapped;
            }
            at += span_of<Format>(leaf.level) - at % span_of<Format>(leaf.level);
        }
        if (const MapError error = split(base); error != MapError::none) {
            return error;
        }
        // Nothing starts behind the last byte that the format reaches, so there is nothing to split either.
        if (const MapError error = reachable(end) ? split(end) : MapError::none; error != MapError::none) {
            return error;
        }
        for (std::uintptr_t at = base; at != end;) {
            const Leaf leaf = find(at);
            const std::uintptr_t span = span_of<Format>(leaf.level);
            Store::replace(*leaf.entry, entry_for(at, leaf.level), at, span);
            at += span;
        }
        return MapError::none;
    }

    std::span<Table> pool_;
    std::size_t used_ = 0;
    Table* root_;
};

}  // namespace pegplan::arch::mmu
