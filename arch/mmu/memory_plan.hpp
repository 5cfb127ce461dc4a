// What the kernel's map covers, worked out at compile time from the board's regions: which ranges, with which
// permissions, and how many page tables that takes. Pure functions of their arguments; "arch/mmu/kernel_map.hpp"
// applies them to the board and the image.
#pragma once

#include "arch/memory_map.hpp"
#include "arch/mmu/page_table.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pegplan::arch::mmu {

/// A range of whole pages. Addresses from `base` up to and not including `end`.
struct Range {
    std::string_view name;
    std::uintptr_t base = 0;
    std::uintptr_t end = 0;
    Permission permission = Permission::read_write;
};

/// Ranges in ascending order, without overlaps if `is_sound`.
template <std::size_t capacity>
struct MemoryPlan {
    std::array<Range, capacity> ranges{};
    std::size_t count = 0;

    [[nodiscard]] constexpr const Range* begin() const noexcept { return ranges.data(); }
    [[nodiscard]] constexpr const Range* end() const noexcept { return ranges.data() + count; }

    /// Whether RAM and devices keep apart. Devices may share a page with one another.
    [[nodiscard]] constexpr bool is_sound() const noexcept
    {
        return std::adjacent_find(begin(), end(), [](const Range& a, const Range& b) { return b.base < a.end; }) ==
               end();
    }

    /// Whether no device is mapped at page 0, where null pointers lead.
    [[nodiscard]] constexpr bool keeps_null_unmapped() const noexcept
    {
        return std::none_of(begin(), end(), [](const Range& range) {
            return range.permission == Permission::device && range.base == 0;
        });
    }

    /// Whether all of it lies below 2^address_bits.
    [[nodiscard]] constexpr bool is_below(int address_bits) const noexcept
    {
        return std::all_of(begin(), end(), [=](const Range& range) { return (range.end - 1) >> address_bits == 0; });
    }
};

constexpr std::uintptr_t page_floor(std::uintptr_t address) noexcept
{
    return address / page_size * page_size;
}

constexpr std::uintptr_t page_ceiling(std::uintptr_t address) noexcept
{
    return page_floor(address + (page_size - 1));
}

/// The plan for a board: RAM (whole pages of it) readable and writable, register blocks widened to whole pages.
/// Reserved memory stays unmapped.
template <std::size_t memory_count, std::size_t mmio_count>
constexpr auto plan_memory(const std::array<MemoryRegion, memory_count>& memory,
                           const std::array<MemoryRegion, mmio_count>& mmio) noexcept
{
    MemoryPlan<memory_count + mmio_count> plan;
    const auto add_device = [&plan](const MemoryRegion& region) {
        plan.ranges[plan.count++] = {region.name, page_floor(region.base), page_ceiling(region.base + region.size),
                                     Permission::device};
    };
    for (const MemoryRegion& region : memory) {
        if (region.kind == MemoryKind::ram) {
            plan.ranges[plan.count++] = {region.name, page_ceiling(region.base), page_floor(region.base + region.size),
                                         Permission::read_write};
        } else if (region.kind == MemoryKind::mmio) {
            add_device(region);
        }
    }
    for (const MemoryRegion& region : mmio) {
        add_device(region);
    }
    std::sort(plan.ranges.begin(), plan.ranges.begin() + plan.count,
              [](const Range& a, const Range& b) { return a.base < b.base; });

    // Devices that touch or share pages become one range.
    std::size_t kept = 0;
    for (std::size_t i = 0; i < plan.count; ++i) {
        const Range range = plan.ranges[i];
        if (kept > 0 && range.permission == Permission::device &&
            plan.ranges[kept - 1].permission == Permission::device && range.base <= plan.ranges[kept - 1].end) {
            plan.ranges[kept - 1].end = std::max(plan.ranges[kept - 1].end, range.end);
        } else {
            plan.ranges[kept++] = range;
        }
    }
    plan.count = kept;
    return plan;
}

/// Which tables of one level a plan takes, counted range after range in ascending order.
class TableCounter {
public:
    /// `table_span`: what one table of the level covers. `replaceable`: whether a block of the level above can stand
    /// in for a table whose span one range fills.
    constexpr TableCounter(std::uintptr_t table_span, bool replaceable) noexcept
        : span_{table_span}, replaceable_{replaceable}
    {}

    constexpr void add(const Range& range) noexcept
    {
        const std::uintptr_t first = range.base / span_;
        const std::uintptr_t last = (range.end - 1) / span_;
        if (!replaceable_) {
            const std::uintptr_t from = std::max(first, next_);
            count_ += last >= from ? last - from + 1 : 0;
            next_ = std::max(next_, last + 1);
            return;
        }
        if (range.base % span_ != 0 || range.end < (first + 1) * span_) {
            count_one(first);
        }
        if (range.end % span_ != 0) {
            count_one(last);
        }
    }

    [[nodiscard]] constexpr std::size_t count() const noexcept { return count_; }

private:
    constexpr void count_one(std::uintptr_t index) noexcept
    {
        if (index >= next_) {
            ++count_;
            next_ = index + 1;
        }
    }

    std::uintptr_t span_;
    bool replaceable_;
    std::uintptr_t next_ = 0;
    std::size_t count_ = 0;
};

/// How many tables it takes at most to map a plan, when `boundaries` page boundaries, at addresses that are not known
/// yet, divide the range `image` of the plan (text from constants from data).
template <PageTableFormat Format, std::size_t capacity>
constexpr std::size_t tables_for(const MemoryPlan<capacity>& plan, const Range& image, std::size_t boundaries) noexcept
{
    std::size_t total = 1;  // the root
    for (int level = 0; level < Format::levels - 1; ++level) {
        const std::uintptr_t table_span = span_of<Format>(level + 1);
        const bool replaceable = Format::may_hold_leaf(level + 1);
        TableCounter counter{table_span, replaceable};
        for (const Range& range : plan) {
            counter.add(range);
        }
        total += counter.count();
        if (replaceable) {
            // A boundary may fall inside a block, which then takes a table; the tables at the ends of the image's
            // range, where it does not fill a block, are counted already.
            TableCounter ends{table_span, replaceable};
            ends.add(image);
            const std::size_t spanned = (image.end - 1) / table_span - image.base / table_span + 1;
            total += std::min(boundaries, spanned - ends.count());
        }
    }
    return total;
}

}  // namespace pegplan::arch::mmu
