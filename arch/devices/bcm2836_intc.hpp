// The local interrupt controller of the BCM2836 and BCM2837 (Raspberry Pi 2 and 3): timers and mailboxes of each core.
// What other devices raise comes through another controller, which is not used.
//
// It has no numbers and no priorities: a core sees a word in which each source has a bit. Here interrupts 0 to 15 are
// those that software raises, and 16 to 27 are the bits of that word. Software's are bits of a mailbox: 0 for those
// that arrive as IRQ, 1 for the urgent one, which arrives as FIQ. See "arch/devices/gicv2.hpp" for what the aarch64
// port needs.
//
// Source: Broadcom, "ARM Quad A7 core" (BCM2836 ARM-local peripherals), revision 3.4.
#pragma once

#include "arch/devices/mmio.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>

namespace pegplan::arch::devices {

struct Bcm2836IntcConfig {
    std::uintptr_t base;
    std::size_t size;  ///< bytes of address space
};

template <Bcm2836IntcConfig config>
struct Bcm2836Intc {
    using Ticket = std::uint32_t;  ///< the number itself: there is nothing to end

    /// All sources are the cores'.
    static void init() noexcept {}

    static void init_cpu() noexcept { leave(); }

    /// A timer's interrupt (16 to 19), or one that software raises.
    static void enable(std::uint32_t irq) noexcept
    {
        if (irq < first_source) {
            set_bits(own(mailbox_control), irq_of(mailbox));
        } else if (irq < first_source + timers) {
            set_bits(own(timer_control), 1U << (irq - first_source));
        }
    }

    static Ticket acknowledge() noexcept
    {
        const std::uint32_t pending = read(own(irq_source));
        if ((pending & mailbox_source) == 0) {
            return pending == 0 ? none : first_source + static_cast<std::uint32_t>(std::countr_zero(pending));
        }
        const std::uintptr_t letters = own(mailbox_clear, mailbox_stride) + mailbox * mailbox_step;
        const auto irq = static_cast<std::uint32_t>(std::countr_zero(read(letters)));
        write(letters, 1U << irq);
        return irq;
    }

    static std::uint32_t number(Ticket ticket) noexcept { return ticket; }
    static bool is_none(std::uint32_t number) noexcept { return number == none; }
    static void end(Ticket) noexcept {}

    /// The number of the core.
    using Target = std::uint32_t;

    static Target own_target() noexcept { return own_core(); }

    static void interrupt(Target target, std::uint32_t irq) noexcept
    {
        asm volatile("dsb ish" : : : "memory");
        write(mailbox_set + target * mailbox_stride + mailbox * mailbox_step, 1U << irq);
    }

    static void enable_urgent(std::uint32_t) noexcept { set_bits(own(mailbox_control), fiq_of(urgent_mailbox)); }

    static void interrupt_others_urgently(std::uint32_t irq) noexcept
    {
        asm volatile("dsb ish" : : : "memory");
        for (std::uint32_t core = 0; core < cores; ++core) {
            if (core != own_core()) {
                write(mailbox_set + core * mailbox_stride + urgent_mailbox * mailbox_step, 1U << irq);
            }
        }
    }

    static void leave() noexcept
    {
        write(own(timer_control), 0);
        write(own(mailbox_control), 0);
    }

private:
    static constexpr std::uint32_t cores = 4;
    static constexpr std::uint32_t first_source = 16;
    static constexpr std::uint32_t timers = 4;
    static constexpr std::uint32_t none = 1023;

    // Offsets of the registers: a word for each core, or one for each of its four mailboxes.
    static constexpr std::uintptr_t timer_control = 0x40;
    static constexpr std::uintptr_t mailbox_control = 0x50;
    static constexpr std::uintptr_t irq_source = 0x60;
    static constexpr std::uintptr_t mailbox_set = 0x80;
    static constexpr std::uintptr_t mailbox_clear = 0xc0;
    static constexpr std::uintptr_t mailbox_step = sizeof(std::uint32_t);
    static constexpr std::uintptr_t mailbox_stride = 4 * mailbox_step;

    static constexpr std::uint32_t mailbox = 0;
    static constexpr std::uint32_t urgent_mailbox = 1;
    static constexpr std::uint32_t mailbox_source = 1U << (4 + mailbox);
    static constexpr std::uint32_t irq_of(std::uint32_t box) noexcept { return 1U << box; }
    static constexpr std::uint32_t fiq_of(std::uint32_t box) noexcept { return 1U << (4 + box); }

    static_assert(config.size >= mailbox_clear + cores * mailbox_stride, "board.yaml: the controller takes more space");

    static std::uint32_t own_core() noexcept
    {
        std::uint64_t mpidr;
        asm("mrs %0, mpidr_el1" : "=r"(mpidr));
        return static_cast<std::uint32_t>(mpidr) % cores;
    }

    static std::uintptr_t own(std::uintptr_t offset, std::uintptr_t stride = sizeof(std::uint32_t)) noexcept
    {
        return offset + own_core() * stride;
    }

    static void set_bits(std::uintptr_t offset, std::uint32_t bits) noexcept { write(offset, read(offset) | bits); }

    static std::uint32_t read(std::uintptr_t offset) noexcept { return Mmio32::read(config.base + offset); }
    static void write(std::uintptr_t offset, std::uint32_t value) noexcept
    {
        Mmio32::write(config.base + offset, value);
    }
};

}  // namespace pegplan::arch::devices
