// The core-local interruptor of SiFive's and QEMU's harts, which ACLINT describes as two devices: a counter that all
// harts share, a deadline for each, and interrupts between them. As the timer of a hart in M-mode.
//
// What the riscv64 port needs of a timer: `frequency`, `init`, `now`, `set_deadline`. The driver's schema says that it
// is M-mode's.
//
// Source: RISC-V Advanced Core Local Interruptor, version 1.0-rc4, of which the SiFive CLINT is the layout for one
// such device.
#pragma once

#include "arch/devices/mmio.hpp"
#include "arch/port.hpp"
#include "arch/riscv64/csr.hpp"

#include <cstddef>
#include <cstdint>

namespace pegplan::arch::devices {

struct ClintConfig {
    std::uintptr_t base;
    std::size_t size;         ///< bytes of address space
    std::uint64_t frequency;  ///< hertz of the counter
};

template <ClintConfig config>
struct Clint {
    static constexpr std::uint64_t frequency = config.frequency;

    /// No deadline is set and the interrupt is enabled.
    static void init() noexcept
    {
        set_deadline(no_deadline);
        Mode::InterruptEnable::set(1U << Mode::timer_interrupt);
    }

    [[nodiscard]] static Ticks now() noexcept { return Mmio64::read(config.base + counter); }

    /// The interrupt is pending as long as the counter is not below the deadline.
    static void set_deadline(Ticks deadline) noexcept
    {
        Mmio64::write(config.base + deadlines + riscv64::Mhartid::read() * sizeof(Ticks), deadline);
    }

private:
    using Mode = riscv64::MachineMode;

    static constexpr std::uintptr_t deadlines = 0x4000;  // one for each hart
    static constexpr std::uintptr_t counter = 0xbff8;

    static_assert(config.size >= counter + sizeof(Ticks), "board.yaml: the interruptor takes more space");
};

}  // namespace pegplan::arch::devices
