// ARM's generic interrupt controller, version 2: distributor and CPU interface are registers in memory.
//
// What the aarch64 port needs of an interrupt controller, and GicV2 and GicV3 both provide:
//     init()               the distributor, once, by the first CPU: everything off
//     init_cpu()           the part of the calling CPU, which takes interrupts afterwards
//     enable(irq)          lets a private interrupt of the calling CPU through
//     acknowledge()        takes the most urgent pending interrupt; returns its ticket
//     number(ticket)       its number, or one that `is_none` when there was nothing to take
//     end(ticket)          ends it, so that it and less urgent ones can come again; not for a ticket of nothing
// All interrupts have the same priority and arrive as IRQ.
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

private:
    // Offsets in the distributor. Enable and pending registers hold a bit for each interrupt, 32 to a bank.
    static constexpr std::uintptr_t distributor_control = 0x000;
    static constexpr std::uint32_t control_enable = 1U << 0;
    static constexpr std::uintptr_t distributor_type = 0x004;
    static constexpr std::uint32_t type_banks_mask = 0x1f;
    static constexpr std::uintptr_t set_enable = 0x100;
    static constexpr std::uintptr_t clear_enable = 0x180;
    static constexpr std::uintptr_t clear_pending = 0x280;
    static constexpr std::uintptr_t priority = 0x400;  // a byte for each interrupt
    static constexpr std::uintptr_t bank_stride = sizeof(std::uint32_t);
    static constexpr std::uint32_t bank_bits = 32;
    static constexpr std::uint32_t all_bits = ~std::uint32_t{0};
    static constexpr std::uint32_t private_interrupts = 32;
    static constexpr std::uint32_t default_priority = 0xa0a0a0a0;  // four interrupts; smaller is more urgent

    // Offsets in the CPU interface.
    static constexpr std::uintptr_t cpu_control = 0x00;
    static constexpr std::uintptr_t priority_mask = 0x04;
    static constexpr std::uint32_t lowest_priority = 0xff;
    static constexpr std::uintptr_t interrupt_acknowledge = 0x0c;
    static constexpr std::uint32_t number_mask = 0x3ff;
    static constexpr std::uint32_t first_special_number = 1020;
    static constexpr std::uintptr_t end_of_interrupt = 0x10;

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
