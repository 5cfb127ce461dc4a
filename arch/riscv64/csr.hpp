// Control and status registers, one type each: read, write, and set or clear bits atomically. Names and numbers are
// those of the RISC-V privileged specification.
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

/// The registers by which a privilege mode takes traps. Each mode has its own set: bits 9 and 8 of their numbers are
/// the mode's level, and what belongs to the mode among the bits of the first two and the last lies at a distance
/// that is its level.
template <unsigned Level>
struct PrivilegeMode {
    static constexpr unsigned level = Level;

    using Status = Csr<Level << 8 | 0x00>;
    using InterruptEnable = Csr<Level << 8 | 0x04>;
    using TrapVector = Csr<Level << 8 | 0x05>;
    using Scratch = Csr<Level << 8 | 0x40>;
    using ExceptionPlace = Csr<Level << 8 | 0x41>;
    using Cause = Csr<Level << 8 | 0x42>;
    using TrapValue = Csr<Level << 8 | 0x43>;

    static constexpr std::uintptr_t status_interrupts = 1U << Level;
    static constexpr unsigned software_interrupt = Level;
    static constexpr unsigned timer_interrupt = 4 + Level;
};

using SupervisorMode = PrivilegeMode<1>;
using MachineMode = PrivilegeMode<3>;

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
using Mhartid = Csr<0xf14>;
using Cycle = Csr<0xc00>;
using Time = Csr<0xc01>;

// Of the status of either mode: whether the floating-point unit is on.
inline constexpr std::uintptr_t status_fs = 3U << 13;
inline constexpr std::uintptr_t status_fs_off = 0;
inline constexpr std::uintptr_t status_fs_initial = 1U << 13;

inline constexpr std::uintptr_t sie_software = 1U << 1;
inline constexpr std::uintptr_t sip_software = sie_software;

/// Of the cause: that the trap is an interrupt, whose number is in the other bits.
inline constexpr std::uintptr_t cause_interrupt = std::uintptr_t{1} << 63;

}  // namespace pegplan::arch::riscv64
