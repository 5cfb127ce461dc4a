// Memory protection of M-mode, whose addresses are not translated: by the hart's physical memory protection (PMP).
// Text is executable, constants are read-only, the rest of the RAM is not executable, and nobody reads or writes
// where null pointers lead. It takes a few registers and no memory.
//
// M-mode is above these rules unless they are locked; locked ones cannot be changed before the hart is reset. So they
// are for what never changes, and guard pages are not among it. What no rule is about, device registers among it,
// stays accessible.
#pragma once

#include "arch/mmu/page_table.hpp"
#include "arch/riscv64/csr.hpp"

#include <cstddef>
#include <cstdint>

extern "C" {
extern const std::byte __text_start[];
extern const std::byte __rodata_start[];
extern const std::byte __data_start[];
extern const std::byte __ram_end[];
}

namespace pegplan::arch::riscv64 {

/// Makes the rules and locks them, on the hart that executes this. False if the hart has not taken them as they are:
/// others may have been locked before. Masked.
[[nodiscard]] inline bool lock_memory() noexcept
{
    using Configuration = Csr<0x3a0>;  // a byte for each of the first eight entries

    constexpr std::uintptr_t readable = 1U << 0;
    constexpr std::uintptr_t writable = 1U << 1;
    constexpr std::uintptr_t executable = 1U << 2;
    constexpr std::uintptr_t up_to_address = 1U << 3;  // from the entry before
    constexpr std::uintptr_t locked = 1U << 7;
    constexpr auto entry = [](unsigned number, std::uintptr_t permissions) {
        constexpr unsigned bits_per_entry = 8;
        return (permissions | up_to_address | locked) << bits_per_entry * number;
    };
    constexpr std::uintptr_t rules =
        entry(0, 0) | entry(2, readable | executable) | entry(3, readable) | entry(4, readable | writable);

    const auto address = [](const std::byte* symbol) { return reinterpret_cast<std::uintptr_t>(symbol) >> 2; };
    Csr<0x3b0>::write(mmu::page_size >> 2);
    Csr<0x3b1>::write(address(__text_start));
    Csr<0x3b2>::write(address(__rodata_start));
    Csr<0x3b3>::write(address(__data_start));
    Csr<0x3b4>::write(address(__ram_end));
    Configuration::write(rules);
    asm volatile("sfence.vma" ::: "memory");
    constexpr std::uintptr_t used = (std::uintptr_t{1} << 40) - 1;
    return (Configuration::read() & used) == rules;
}

}  // namespace pegplan::arch::riscv64
