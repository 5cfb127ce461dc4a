// How page table entries are written: three levels of 4 KiB tables, which map 512 GiB in pages of 4 KiB and blocks of
// 2 MiB and 1 GiB, or a fourth one above them for boards with addresses beyond. For the builder in
// "arch/mmu/page_table.hpp", whose level 0 is the architecture's level 3.
#pragma once

#include "arch/mmu/page_table.hpp"

#include <cstdint>

namespace pegplan::arch::aarch64 {

/// What memory is like: indices into MAIR_EL1, and the attributes that stand there. Device memory is nGnRE: accesses
/// are in order and not merged, and writes may be acknowledged on the way. Normal memory is cached, write-back.
inline constexpr unsigned memory_type_device = 0;
inline constexpr std::uint64_t attribute_device = 0x04;
inline constexpr unsigned memory_type_normal = 1;
inline constexpr std::uint64_t attribute_normal = 0xff;

template <int Levels>
struct PageFormatOf {
    using Entry = std::uint64_t;

    static constexpr int levels = Levels;
    static constexpr int address_bits = 12 + 9 * Levels;

    static constexpr bool may_hold_leaf(int level) noexcept { return level < 3; }

    static constexpr Entry table(std::uintptr_t address) noexcept { return address | valid | table_or_page; }

    static constexpr Entry leaf(std::uintptr_t address, mmu::Permission permission, int level) noexcept
    {
        const Entry entry =
            address | valid | (level == 0 ? table_or_page : 0) | accessed | inner_shareable | user_never_executes;
        constexpr Entry normal = Entry{memory_type_normal} << memory_type_shift;
        constexpr Entry device = Entry{memory_type_device} << memory_type_shift;
        switch (permission) {
            case mmu::Permission::read_execute:
                return entry | normal | read_only;
            case mmu::Permission::read_only:
                return entry | normal | read_only | never_executes;
            case mmu::Permission::read_write:
                return entry | normal | never_executes;
            case mmu::Permission::device:
                return entry | device | never_executes;
        }
        return 0;
    }

    static constexpr bool is_present(Entry entry) noexcept { return (entry & valid) != 0; }
    static constexpr bool is_leaf(Entry entry, int level) noexcept
    {
        return level == 0 || (entry & table_or_page) == 0;
    }
    static constexpr std::uintptr_t address(Entry entry) noexcept { return entry & address_mask; }

    static constexpr mmu::Permission permission(Entry entry) noexcept
    {
        if ((entry >> memory_type_shift & memory_type_mask) == memory_type_device) {
            return mmu::Permission::device;
        }
        if ((entry & never_executes) == 0) {
            return mmu::Permission::read_execute;
        }
        return (entry & read_only) != 0 ? mmu::Permission::read_only : mmu::Permission::read_write;
    }

private:
    static constexpr Entry valid = Entry{1} << 0;
    static constexpr Entry table_or_page = Entry{1} << 1;
    static constexpr int memory_type_shift = 2;
    static constexpr Entry memory_type_mask = 7;
    static constexpr Entry read_only = Entry{1} << 7;
    static constexpr Entry inner_shareable = Entry{3} << 8;
    static constexpr Entry accessed = Entry{1} << 10;
    static constexpr Entry never_executes = Entry{1} << 53;       // at EL1
    static constexpr Entry user_never_executes = Entry{1} << 54;  // at EL0
    static constexpr Entry address_mask = 0x0000'ffff'ffff'f000;
};

using PageFormat = PageFormatOf<3>;
using LargePageFormat = PageFormatOf<4>;

}  // namespace pegplan::arch::aarch64
