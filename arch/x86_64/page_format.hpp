// How page table entries are written: four levels, pages of 4 KiB, blocks of 2 MiB and 1 GiB. For the builder in
// "arch/mmu/page_table.hpp".
#pragma once

#include "arch/mmu/page_table.hpp"

#include <cstdint>

namespace pegplan::arch::x86_64 {

struct PageFormat {
    using Entry = std::uint64_t;

    static constexpr int levels = 4;
    static constexpr int address_bits = 47;  // the lower half; what lies above would need sign extension

    /// Blocks of 1 GiB are left alone: CPUs may lack them, and boards of this size save no table by them.
    static constexpr bool may_hold_leaf(int level) noexcept { return level <= 1; }

    static constexpr Entry table(std::uintptr_t address) noexcept { return address | present | writable; }

    static constexpr Entry leaf(std::uintptr_t address, mmu::Permission permission, int level) noexcept
    {
        // Accessed and dirty from the start, so that the CPU need not write the entry.
        const Entry entry = address | present | accessed | (level > 0 ? block : 0);
        switch (permission) {
        case mmu::Permission::read_execute: return entry;
        case mmu::Permission::read_only: return entry | no_execute;
        case mmu::Permission::read_write: return entry | writable | dirty | no_execute;
        case mmu::Permission::device: return entry | writable | dirty | no_execute | uncached | write_through;
        }
        return 0;
    }

    static constexpr bool is_present(Entry entry) noexcept { return (entry & present) != 0; }
    static constexpr bool is_leaf(Entry entry, int level) noexcept { return level == 0 || (entry & block) != 0; }
    static constexpr std::uintptr_t address(Entry entry) noexcept { return entry & address_mask; }

    static constexpr mmu::Permission permission(Entry entry) noexcept
    {
        if ((entry & no_execute) == 0) {
            return mmu::Permission::read_execute;
        }
        if ((entry & writable) == 0) {
            return mmu::Permission::read_only;
        }
        return (entry & uncached) != 0 ? mmu::Permission::device : mmu::Permission::read_write;
    }

private:
    static constexpr Entry present = Entry{1} << 0;
    static constexpr Entry writable = Entry{1} << 1;
    static constexpr Entry write_through = Entry{1} << 3;  // with `uncached`: strongly ordered
    static constexpr Entry uncached = Entry{1} << 4;
    static constexpr Entry accessed = Entry{1} << 5;
    static constexpr Entry dirty = Entry{1} << 6;
    static constexpr Entry block = Entry{1} << 7;
    static constexpr Entry no_execute = Entry{1} << 63;
    static constexpr Entry address_mask = 0x000f'ffff'ffff'f000;
};

static_assert(mmu::PageTableFormat<PageFormat>);

}  // namespace pegplan::arch::x86_64
