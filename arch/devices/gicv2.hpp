// ARM's generic interrupt controller, version 2: distributor and CPU interface are registers in memory.
//
// What the aarch64 port needs of an interrupt controller, and GicV2 and GicV3 both provide:
//     init()               the distributor, once, by the first CPU: everything off
//     init_cpu()           the part of the calling CPU, which takes interrupts afterwards
//     enable(irq)          lets a private interrupt of the calling CPU through
//     acknowledge()        takes the most urgent pending interrupt; returns its ticket
//     number(ticket)       its number, or one that `is_none` when there was nothing to take
//     end(ticket)          ends it, so that it and less urgent ones can come again; not for a ticket of nothing
// All interrupts have the same priority and arrive as IRQ. And for several CPUs, where interrupts 0 to 15 are raised by software:
//     own_target()         what `interrupt` needs to know of the calling CPU to reach it
//     interrupt(target, irq)   raises one of them on another CPU, or the same, which sees what was written before
//     enable_urgent(irq)   lets one through to the calling CPU that arrives as FIQ if the controller can do that here, else
//                          as IRQ; one for the machine, after init_cpu
//     interrupt_others_urgently(irq)   raises that one on all other CPUs
//     leave()              the calling CPU takes no interrupts any more
#pragma once

#include "arch/devices/mmio.hpp"

#include <cstddef>
#include <cstdint>

namespace pegplan::arch::devices {

struct GicV2Config {
    std::uintptr_t distributor;
    std::uintptr_t cpu_interface;
    std::size_t size;  ///< bytes of address space, from the distributor on
};

template <GicV2Config config>
struct GicV2 {
    using Ticket = std::uint32_t;

    static void init() noexcept
    {
        write(distributor_control, 0);
        const std::uint32_t banks = (read(distributor_type) & type_banks_mask) + 1;
        for (std::uint32_t bank = 0; bank < banks; ++bank) {
            write(clear_enable + bank * bank_stride, all_bits);
            write(clear_pending + bank * bank_stride, all_bits);
        }
        write(distributor_control, control_enable);
    }

    static void init_cpu() noexcept
    {
        // The first registers of each kind are banked: every CPU has its own for its private interrupts.
        write(clear_enable, all_bits);
        for (std::uint32_t irq = 0; irq < private_interrupts; irq += sizeof(std::uint32_t)) {
            write(priority + irq, default_priority);
        }
        write_cpu(priority_mask, lowest_priority);
        write_cpu(cpu_control, control_enable);
    }

    static void enable(std::uint32_t irq) noexcept
    {
        write(set_enable + irq / bank_bits * bank_stride, 1U << irq % bank_bits);
    }

    static Ticket acknowledge() noexcept { return Mmio32::read(config.cpu_interface + interrupt_acknowledge); }
    static std::uint32_t number(Ticket ticket) noexcept { return ticket & number_mask; }
    static bool is_none(std::uint32_t number) noexcept { return number >= first_special_number; }
    static void end(Ticket ticket) noexcept { write_cpu(end_of_interrupt, ticket); }

    /// A bit of the field in which software interrupts name their targets.
    using Target = std::uint32_t;

    /// The targets of its own private interrupts, which is all that tells a CPU its place. Not every implementation tells it
    /// for all of the four in the word.
    static Target own_target() noexcept
    {
        constexpr std::uint32_t byte_mask = 0xff;
        const std::uint32_t four = read(targets);
        const std::uint32_t two = four | four >> 16;
        return (two | two >> 8) & byte_mask;
    }

    static void interrupt(Target target, std::uint32_t irq) noexcept
    {
        asm volatile("dsb ishst" : : : "memory");
        write(software_interrupt, target << target_shift | irq);
    }

    /// FIQ is what group 0 arrives as if one asks for it, and IRQ what group 1 does. With the security extensions, group 0
    /// belongs to the secure world.
    static void enable_urgent(std::uint32_t irq) noexcept
    {
        if (has_group_0()) {
            write(group, all_bits & ~(1U << irq));
            write(distributor_control, control_enable | control_enable_group_1);
            write_cpu(cpu_control, control_enable | control_enable_group_1 | control_acknowledge_all | control_fiq);
        }
        enable(irq);
    }

    static void interrupt_others_urgently(std::uint32_t irq) noexcept
    {
        asm volatile("dsb ishst" : : : "memory");
        write(software_interrupt, all_but_self | irq);
    }

    static void leave() noexcept { write_cpu(cpu_control, 0); }

private:
    // Offsets in the distributor. Enable and pending registers hold a bit for each interrupt, 32 to a bank.
    static constexpr std::uintptr_t distributor_control = 0x000;
    static constexpr std::uint32_t control_enable = 1U << 0;
    static constexpr std::uint32_t control_enable_group_1 = 1U << 1;
    static constexpr std::uintptr_t distributor_type = 0x004;
    static constexpr std::uint32_t type_banks_mask = 0x1f;
    static constexpr std::uint32_t type_security = 1U << 10;
    static constexpr std::uintptr_t group = 0x080;
    static constexpr std::uintptr_t set_enable = 0x100;
    static constexpr std::uintptr_t clear_enable = 0x180;
    static constexpr std::uintptr_t clear_pending = 0x280;
    static constexpr std::uintptr_t priority = 0x400;  // a byte for each interrupt
    static constexpr std::uintptr_t targets = 0x800;   // a byte for each interrupt
    static constexpr std::uintptr_t software_interrupt = 0xf00;
    static constexpr int target_shift = 16;
    static constexpr std::uint32_t all_but_self = 1U << 24;
    static constexpr std::uintptr_t bank_stride = sizeof(std::uint32_t);
    static constexpr std::uint32_t bank_bits = 32;
    static constexpr std::uint32_t all_bits = ~std::uint32_t{0};
    static constexpr std::uint32_t private_interrupts = 32;
    static constexpr std::uint32_t default_priority = 0xa0a0a0a0;  // four interrupts; smaller is more urgent

    // Offsets in the CPU interface, whose control register begins like the distributor's.
    static constexpr std::uintptr_t cpu_control = 0x00;
    static constexpr std::uint32_t control_acknowledge_all = 1U << 2;  // of either group
    static constexpr std::uint32_t control_fiq = 1U << 3;
    static constexpr std::uintptr_t priority_mask = 0x04;
    static constexpr std::uint32_t lowest_priority = 0xff;
    static constexpr std::uintptr_t interrupt_acknowledge = 0x0c;
    static constexpr std::uint32_t number_mask = 0x3ff;
    static constexpr std::uint32_t first_special_number = 1020;
    static constexpr std::uintptr_t end_of_interrupt = 0x10;

    static bool has_group_0() noexcept { return (read(distributor_type) & type_security) == 0; }

    static std::uint32_t read(std::uintptr_t offset) noexcept { return Mmio32::read(config.distributor + offset); }
    static void write(std::uintptr_t offset, std::uint32_t value) noexcept
    {
        Mmio32::write(config.distributor + offset, value);
    }
    static void write_cpu(std::uintptr_t offset, std::uint32_t value) noexcept
    {
        Mmio32::write(config.cpu_interface + offset, value);
    }
};

}  // namespace pegplan::arch::devices
