// Page table entries of Sv39: three levels, pages of 4 KiB, blocks of 2 MiB and 1 GiB.
#pragma once

#include "arch/mmu/page_table.hpp"

namespace pegplan::arch::riscv64 {

struct Sv39 {
    using Entry = std::uint64_t;
    static constexpr int levels = 3;
    static constexpr int address_bits = 38;

    static constexpr bool may_hold_leaf(int) noexcept { return true; }

    static constexpr Entry table(std::uintptr_t address) noexcept { return number_of(address) | valid; }

    // Accessed and dirty are set from the start: harts that do not set them by themselves would fault.
    static constexpr Entry leaf(std::uintptr_t address, mmu::Permission permission, int) noexcept
    {
        return number_of(address) | valid | global | accessed | dirty | bits_of(permission);
    }

    static constexpr bool is_present(Entry entry) noexcept { return (entry & valid) != 0; }
    static constexpr bool is_leaf(Entry entry, int) noexcept { return (entry & (read | write | execute)) != 0; }
    static constexpr std::uintptr_t address(Entry entry) noexcept { return (entry & number_mask) << number_to_address; }

    // There are no memory types (Svpbmt is not used): registers are told from data by the software bit.
    static constexpr mmu::Permission permission(Entry entry) noexcept
    {
        if ((entry & execute) != 0) {
            return mmu::Permission::read_execute;
        }
        if ((entry & write) == 0) {
            return mmu::Permission::read_only;
        }
        return (entry & software_device) != 0 ? mmu::Permission::device : mmu::Permission::read_write;
    }

private:
    static constexpr Entry valid = 1U << 0;
    static constexpr Entry read = 1U << 1;
    static constexpr Entry write = 1U << 2;
    static constexpr Entry execute = 1U << 3;
    static constexpr Entry global = 1U << 5;
    static constexpr Entry accessed = 1U << 6;
    static constexpr Entry dirty = 1U << 7;
    static constexpr Entry software_device = 1U << 8;
    static constexpr int number_to_address = 2;  // bits 10 and up hold address bits 12 and up
    static constexpr Entry number_mask = ((Entry{1} << 54) - 1) & ~((Entry{1} << 10) - 1);

    static constexpr Entry number_of(std::uintptr_t address) noexcept
    {
        return Entry{address} >> number_to_address & number_mask;
    }

    static constexpr Entry bits_of(mmu::Permission permission) noexcept
    {
        switch (permission) {
        case mmu::Permission::read_execute: return read | execute;
        case mmu::Permission::read_only: return read;
        case mmu::Permission::read_write: return read | write;
        case mmu::Permission::device: return read | write | software_device;
        }
        return 0;
    }
};

}  // namespace pegplan::arch::riscv64
