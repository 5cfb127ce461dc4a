// The kernel's own address map: every address maps to itself; text may be executed, constants read, data, stacks and
// the rest of the RAM written, and device registers reached; nothing is writable and executable, and what the board
// file does not name is not mapped. Made once at boot by the architecture:
//
//     constinit KernelTables<Format> tables;                       // .bss, or a section that nobody zeroes
//     PageTableBuilder<Format> builder{tables};
//     if (const MapFailure failure = map_kernel(builder)) {
//         report(failure, [](std::span<const char> text) { board::Console::write(text); });
//         … halt …
//     }
//     … write builder.root() to the CPU's register …
#pragma once

#include "arch/memory_map.hpp"
#include "arch/mmu/memory_plan.hpp"
#include "arch/mmu/page_table.hpp"

#include <pegplan/board/memory_map.hpp>
#include <pegplan/board/numa.hpp>
#include <pegplan/config/security.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

// Where the linker put the image. Only the addresses of these mean anything.
extern "C" {
extern const std::byte __image_start[];
extern const std::byte __text_start[];
extern const std::byte __text_end[];
extern const std::byte __rodata_start[];
extern const std::byte __rodata_end[];
extern const std::byte __data_start[];
extern const std::byte __arena_start[];
}

namespace pegplan::arch::mmu {

/// What the board has, by address.
inline constexpr auto board_plan = plan_memory(board::memory_regions, board::mmio_regions);

static_assert(board_plan.is_sound(), "board.yaml: a device's registers lie in RAM, or memory regions overlap");
static_assert(board_plan.keeps_null_unmapped(), "board.yaml: a device at page 0 would make null pointers valid");

/// The RAM region that holds the image: the first one of the board file.
consteval Range image_region()
{
    const auto* const region = std::find_if(board::memory_regions.begin(), board::memory_regions.end(),
                                            [](const MemoryRegion& r) { return r.kind == MemoryKind::ram; });
    return *std::find_if(board_plan.begin(), board_plan.end(),
                         [=](const Range& range) { return range.base == page_ceiling(region->base); });
}

/// Inside the image's RAM the permissions change in front of the text (if the image does not start with the RAM),
/// behind the text, and behind the constants.
inline constexpr std::size_t image_boundaries = 3;

/// How many tables the map takes at most.
template <PageTableFormat Format>
inline constexpr std::size_t kernel_table_count = tables_for<Format>(board_plan, image_region(), image_boundaries);

/// How much of the arena is mapped page by page, so that single pages of it can be unmapped later ("arch/mmu/guard_pages.hpp").
inline constexpr std::size_t guarded_bytes = config::stack_guards ? std::size_t{config::stack_guard_mib} << 20 : 0;

/// How many arenas there are: on a board with several NUMA nodes all regions of RAM, with guards in each.
inline constexpr std::size_t arena_count = board::numa_node_count > 1 ? board::numa_memory.size() : 1;

/// The tables that this takes in each arena: those in the middle, one at each end, and one for a block of the next level.
template <PageTableFormat Format>
inline constexpr std::size_t guard_table_count =
    guarded_bytes == 0 ? 0 : arena_count * (guarded_bytes / span_of<Format>(1) + 3);

/// Where that part of an arena which is not the image's ends.
constexpr std::uintptr_t guarded_end(const Range& arena) noexcept
{
    return arena_count > 1 && arena.permission == Permission::read_write ? std::min(arena.base + guarded_bytes, arena.end) : arena.base;
}

/// Where that part of the image's arena begins and ends.
inline std::uintptr_t guarded_begin() noexcept
{
    return reinterpret_cast<std::uintptr_t>(guarded_bytes != 0 ? __arena_start : __data_start);
}
inline std::uintptr_t guarded_end() noexcept
{
    return std::min(guarded_begin() + guarded_bytes, image_region().end);
}

/// Whether single pages can be unmapped here.
inline bool is_guarded(std::uintptr_t address) noexcept
{
    const auto within = [address](std::uintptr_t begin, std::uintptr_t end) {
        return address >= begin && address + page_size <= end;
    };
    if (within(guarded_begin(), guarded_end())) {
        return true;
    }
    return arena_count > 1 && std::any_of(board_plan.begin(), board_plan.end(), [&within](const Range& range) {
        return range.base != image_region().base && within(range.base, guarded_end(range));
    });
}

/// The pool for the kernel's map.
template <PageTableFormat Format>
using KernelTables = std::array<PageTable<Format>, kernel_table_count<Format> + guard_table_count<Format>>;

/// What could not be mapped, and why. Converts to true if there is something.
struct MapFailure {
    MapError error = MapError::none;
    std::string_view name;
    std::uintptr_t base = 0;
    std::uintptr_t end = 0;

    explicit operator bool() const noexcept { return error != MapError::none; }
};

/// Maps image, RAM and devices.
template <PageTableFormat Format, class Store>
[[nodiscard]] MapFailure map_kernel(PageTableBuilder<Format, Store>& builder) noexcept
{
    static_assert(board_plan.is_below(Format::address_bits), "board.yaml: a region is beyond the page tables' reach");

    const auto address = [](const std::byte* symbol) { return reinterpret_cast<std::uintptr_t>(symbol); };
    const auto map = [&builder](const Range& range, int largest_level = Format::levels - 1) {
        if (range.base == range.end) {
            return MapFailure{};
        }
        const MapError error = builder.map(range.base, range.end - range.base, range.permission, largest_level);
        return MapFailure{error, range.name, range.base, range.end};
    };

    constexpr Range region = image_region();
    const Range parts[] = {
        {region.name, region.base, address(__image_start), Permission::read_write},
        {"text", address(__text_start), page_ceiling(address(__text_end)), Permission::read_execute},
        {"constants", address(__rodata_start), page_ceiling(address(__rodata_end)), Permission::read_only},
        {region.name, address(__data_start), guarded_begin(), Permission::read_write},
        {region.name, guarded_end(), region.end, Permission::read_write},
    };
    constexpr int pages = 0;
    if (const MapFailure failure = map({"stacks", guarded_begin(), guarded_end(), Permission::read_write}, pages)) {
        return failure;
    }
    for (const Range& part : parts) {
        if (const MapFailure failure = map(part)) {
            return failure;
        }
    }
    for (const Range& range : board_plan) {
        if (range.base == region.base) {
            continue;
        }
        Range rest = range;
        if constexpr (arena_count > 1) {
            rest.base = guarded_end(range);
            if (const MapFailure failure = map({"stacks", range.base, rest.base, Permission::read_write}, pages)) {
                return failure;
            }
        }
        if (const MapFailure failure = map(rest)) {
            return failure;
        }
    }
    return {};
}

/// Writes one line about `failure` through `write(std::span<const char>)`.
template <class Write>
void report(const MapFailure& failure, Write write) noexcept
{
    const auto text = [&write](std::string_view part) { write(std::span<const char>{part.data(), part.size()}); };
    const auto hex = [&text](std::uintptr_t value) {
        constexpr std::size_t digits = 2 * sizeof(value);
        constexpr unsigned bits_per_digit = 4;
        char buffer[digits];
        for (std::size_t i = digits; i-- > 0; value >>= bits_per_digit) {
            buffer[i] = "0123456789abcdef"[value % (1U << bits_per_digit)];
        }
        text("0x");
        text({buffer, digits});
    };
    text("boot: cannot map ");
    text(failure.name);
    text(" [");
    hex(failure.base);
    text(", ");
    hex(failure.end);
    text("): ");
    text(describe(failure.error));
    text("\n");
}

}  // namespace pegplan::arch::mmu
