// The supervisor's control and status registers, one type each: read, write, and set or clear bits atomically.
// Names and numbers are those of the RISC-V privileged specification.
#pragma once

#include <cstdint>

namespace pegplan::arch::riscv64 {

/// Access to the register with this number. All accesses are compiler barriers in relation to each other.
template <unsigned Number>
struct Csr {
    [[gnu::always_inline]] static std::uintptr_t read() noexcept
    {
        std::uintptr_t value;
        asm volatile("csrr %0, %1" : "=r"(value) : "i"(Number));
        return value;
    }

    [[gnu::always_inline]] static void write(std::uintptr_t value) noexcept
    {
        asm volatile("csrw %0, %1" : : "i"(Number), "rK"(value) : "memory");
    }

    [[gnu::always_inline]] static void set(std::uintptr_t bits) noexcept
    {
        asm volatile("csrs %0, %1" : : "i"(Number), "rK"(bits) : "memory");
    }

    [[gnu::always_inline]] static void clear(std::uintptr_t bits) noexcept
    {
        asm volatile("csrc %0, %1" : : "i"(Number), "rK"(bits) : "memory");
    }

    /// Clears bits and returns what the register was.
    [[gnu::always_inline]] static std::uintptr_t read_and_clear(std::uintptr_t bits) noexcept
    {
        std::uintptr_t value;
        asm volatile("csrrc %0, %1, %2" : "=r"(value) : "i"(Number), "rK"(bits) : "memory");
        return value;
    }
};

using Sstatus = Csr<0x100>;
using Sie = Csr<0x104>;
using Stvec = Csr<0x105>;
using Sscratch = Csr<0x140>;
using Sepc = Csr<0x141>;
using Scause = Csr<0x142>;
using Stval = Csr<0x143>;
using Sip = Csr<0x144>;
using Stimecmp = Csr<0x14d>;
using Satp = Csr<0x180>;
using Cycle = Csr<0xc00>;
using Time = Csr<0xc01>;

inline constexpr std::uintptr_t sstatus_sie = 1U << 1;
inline constexpr std::uintptr_t sstatus_fs = 3U << 13;
inline constexpr std::uintptr_t sstatus_fs_off = 0;
inline constexpr std::uintptr_t sstatus_fs_initial = 1U << 13;
inline constexpr std::uintptr_t sie_software = 1U << 1;
inline constexpr std::uintptr_t sie_timer = 1U << 5;
inline constexpr std::uintptr_t sip_software = sie_software;

inline constexpr std::uintptr_t scause_interrupt = std::uintptr_t{1} << 63;
inline constexpr std::uintptr_t scause_software_interrupt = scause_interrupt | 1;

}  // namespace pegplan::arch::riscv64
