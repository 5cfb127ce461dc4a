// ARM's generic interrupt controller, version 3 (and 4, without its additions): a distributor, a redistributor for
// each CPU, and a CPU interface in system registers. Its functions are described in "arch/devices/gicv2.hpp".
//
// Interrupts are put into group 1, which is what a kernel receives as IRQ: of its own world, where there are a normal and a secure
// one.
#pragma once

#include "arch/devices/mmio.hpp"

#include <pegplan/config/smp.hpp>

#include <cstddef>
#include <cstdint>

namespace pegplan::arch::devices {

struct GicV3Config {
    std::uintptr_t distributor;
    std::uintptr_t redistributor;  ///< the first one; the others follow
    std::size_t size;              ///< bytes of address space, from the distributor on
};

template <GicV3Config config>
struct GicV3 {
    using Ticket = std::uint64_t;

    static void init() noexcept
    {
        write(distributor_control, 0);
        wait_for_writes(distributor_control, distributor_write_pending);
        write(distributor_control, control_affinity_routing | control_enable_secure_group_1);
        const std::uint32_t banks = (read(distributor_type) & type_banks_mask) + 1;
        for (std::uint32_t bank = 1; bank < banks; ++bank) {  // bank 0 is in the redistributors
            write(clear_enable + bank * bank_stride, all_bits);
            put_into_group_1(config.distributor + bank * bank_stride);
        }
        wait_for_writes(distributor_control, distributor_write_pending);
        const std::uint32_t own_group = is_secure() ? control_enable_secure_group_1 : control_enable_group_1;
        const std::uint32_t groups = config::smp && has_group_0() ? control_enable_group_0 | own_group : own_group;
        write(distributor_control, control_affinity_routing | groups);
        wait_for_writes(distributor_control, distributor_write_pending);
    }

    static void init_cpu() noexcept
    {
        const std::uintptr_t frame = own_redistributor();
        Mmio32::write(frame + waker, Mmio32::read(frame + waker) & ~waker_processor_sleep);
        while ((Mmio32::read(frame + waker) & waker_children_asleep) != 0) {
        }
        const std::uintptr_t private_frame = frame + frame_size;
        Mmio32::write(private_frame + clear_enable, all_bits);
        put_into_group_1(private_frame);
        for (std::uint32_t irq = 0; irq < private_interrupts; irq += sizeof(std::uint32_t)) {
            Mmio32::write(private_frame + priority + irq, default_priority);
        }
        while ((Mmio32::read(frame + redistributor_control) & redistributor_write_pending) != 0) {
        }

        std::uint64_t system_registers;
        asm volatile("mrs %0, icc_sre_el1" : "=r"(system_registers));
        asm volatile("msr icc_sre_el1, %0\n\tisb" : : "r"(system_registers | sre_enable) : "memory");
        asm volatile("msr icc_ctlr_el1, xzr");  // writing EOIR ends an interrupt altogether
        asm volatile("msr icc_bpr1_el1, xzr");
        asm volatile("msr icc_pmr_el1, %0" : : "r"(lowest_priority));
        asm volatile("msr icc_igrpen1_el1, %0\n\tisb" : : "r"(group_1_enable) : "memory");
    }

    /// Private interrupts (16 to 31) only.
    static void enable(std::uint32_t irq) noexcept
    {
        Mmio32::write(own_redistributor() + frame_size + set_enable, 1U << irq);
    }

    static Ticket acknowledge() noexcept
    {
        Ticket ticket;
        asm volatile("mrs %0, icc_iar1_el1" : "=r"(ticket) : : "memory");
        return ticket;
    }

    static std::uint32_t number(Ticket ticket) noexcept { return static_cast<std::uint32_t>(ticket); }
    static bool is_none(std::uint32_t number) noexcept { return number >= first_special_number && number < first_lpi; }
    static void end(Ticket ticket) noexcept { asm volatile("msr icc_eoir1_el1, %0" : : "r"(ticket) : "memory"); }

    /// What ICC_SGI0R_EL1 and ICC_SGI1R_EL1 take, without the number of the interrupt: the upper affinities, a bit for the
    /// lowest one among 16 neighbours, and which 16 these are.
    using Target = std::uint64_t;

    static Target own_target() noexcept
    {
        constexpr std::uint64_t field = 0xff;
        constexpr std::uint64_t neighbours = 16;
        std::uint64_t mpidr;
        asm("mrs %0, mpidr_el1" : "=r"(mpidr));
        const std::uint64_t affinity_0 = mpidr & field;
        const std::uint64_t affinity_1 = mpidr >> 8 & field;
        const std::uint64_t affinity_2 = mpidr >> 16 & field;
        const std::uint64_t affinity_3 = mpidr >> 32 & field;
        return affinity_3 << 48 | affinity_0 / neighbours << 44 | affinity_2 << 32 | affinity_1 << 16 |
               std::uint64_t{1} << affinity_0 % neighbours;
    }

    static void interrupt(Target target, std::uint32_t irq) noexcept
    {
        asm volatile("dsb ishst\n\tmsr icc_sgi1r_el1, %0\n\tisb"
                     :
                     : "r"(target | std::uint64_t{irq} << sgi_number_shift)
                     : "memory");
    }

    /// Group 0 arrives as FIQ. It belongs to the secure world where there is one.
    static void enable_urgent(std::uint32_t irq) noexcept
    {
        if (has_group_0()) {
            take_out_of_group_1(own_redistributor() + frame_size, irq);
            asm volatile("msr icc_igrpen0_el1, %0\n\tisb" : : "r"(group_0_enable) : "memory");
        }
        enable(irq);
    }

    static void interrupt_others_urgently(std::uint32_t irq) noexcept
    {
        const std::uint64_t value = sgi_all_but_self | std::uint64_t{irq} << sgi_number_shift;
        if (has_group_0()) {
            asm volatile("dsb ishst\n\tmsr icc_sgi0r_el1, %0\n\tisb" : : "r"(value) : "memory");
        } else {
            asm volatile("dsb ishst\n\tmsr icc_sgi1r_el1, %0\n\tisb" : : "r"(value) : "memory");
        }
    }

    static void leave() noexcept
    {
        if (has_group_0()) {
            asm volatile("msr icc_igrpen0_el1, xzr");
        }
        asm volatile("msr icc_igrpen1_el1, xzr\n\tisb" : : : "memory");
    }

private:
    // Offsets in the distributor, and in the second frame of a redistributor for the private interrupts. Enable,
    // pending and group registers hold a bit for each interrupt, 32 to a bank.
    static constexpr std::uintptr_t distributor_control = 0x0000;
    static constexpr std::uint32_t control_enable_group_0 = 1U << 0;
    static constexpr std::uint32_t control_enable_group_1 = 1U << 1;
    static constexpr std::uint32_t control_enable_secure_group_1 = 1U << 2;
    static constexpr std::uint32_t control_affinity_routing = 1U << 4;
    static constexpr std::uint32_t control_one_world = 1U << 6;  // no secure one beside this one
    static constexpr std::uint32_t distributor_write_pending = 1U << 31;
    static constexpr std::uintptr_t distributor_type = 0x0004;
    static constexpr std::uint32_t type_banks_mask = 0x1f;
    static constexpr std::uintptr_t group = 0x0080;
    static constexpr std::uintptr_t set_enable = 0x0100;
    static constexpr std::uintptr_t clear_enable = 0x0180;
    static constexpr std::uintptr_t group_modifier = 0x0d00;
    static constexpr std::uintptr_t priority = 0x0400;  // a byte for each interrupt
    static constexpr std::uintptr_t bank_stride = sizeof(std::uint32_t);
    static constexpr std::uint32_t all_bits = ~std::uint32_t{0};
    static constexpr std::uint32_t private_interrupts = 32;
    static constexpr std::uint32_t default_priority = 0xa0a0a0a0;  // four interrupts; smaller is more urgent

    // A redistributor: two frames of 64 KiB, or four when it supports virtual LPIs.
    static constexpr std::uintptr_t frame_size = 0x10000;
    static constexpr std::uintptr_t redistributor_control = 0x0000;
    static constexpr std::uint32_t redistributor_write_pending = 1U << 3;
    static constexpr std::uintptr_t redistributor_type = 0x0008;
    static constexpr std::uint64_t type_virtual_lpis = std::uint64_t{1} << 1;
    static constexpr std::uint64_t type_last = std::uint64_t{1} << 4;
    static constexpr int type_affinity_shift = 32;
    static constexpr std::uintptr_t waker = 0x0014;
    static constexpr std::uint32_t waker_processor_sleep = 1U << 1;
    static constexpr std::uint32_t waker_children_asleep = 1U << 2;

    // Values of the CPU interface's system registers.
    static constexpr std::uint64_t sre_enable = 1;
    static constexpr std::uint64_t lowest_priority = 0xff;
    static constexpr std::uint64_t group_0_enable = 1;
    static constexpr std::uint64_t group_1_enable = 1;
    static constexpr int sgi_number_shift = 24;
    static constexpr std::uint64_t sgi_all_but_self = std::uint64_t{1} << 40;
    static constexpr std::uint32_t first_special_number = 1020;
    static constexpr std::uint32_t first_lpi = 8192;

    static bool has_group_0() noexcept
    {
        return is_secure() || (read(distributor_control) & control_one_world) != 0;
    }

    /// Whether the kernel is in the secure world of two, which has a group 1 of its own: only there `init` could enable it.
    static bool is_secure() noexcept { return (read(distributor_control) & control_enable_secure_group_1) != 0; }

    /// The 32 interrupts of a bank are in group 1 of the kernel's world.
    static void put_into_group_1(std::uintptr_t bank) noexcept
    {
        Mmio32::write(bank + (is_secure() ? group_modifier : group), all_bits);
        Mmio32::write(bank + (is_secure() ? group : group_modifier), 0);
    }

    static void take_out_of_group_1(std::uintptr_t bank, std::uint32_t irq) noexcept
    {
        Mmio32::write(bank + (is_secure() ? group_modifier : group), all_bits & ~(1U << irq));
    }

    static std::uint32_t read(std::uintptr_t offset) noexcept { return Mmio32::read(config.distributor + offset); }
    static void write(std::uintptr_t offset, std::uint32_t value) noexcept
    {
        Mmio32::write(config.distributor + offset, value);
    }
    static void wait_for_writes(std::uintptr_t offset, std::uint32_t pending) noexcept
    {
        while ((read(offset) & pending) != 0) {
        }
    }

    /// The redistributor whose affinity is the calling CPU's; the last one if none says so.
    static std::uintptr_t own_redistributor() noexcept
    {
        std::uint64_t mpidr;
        asm("mrs %0, mpidr_el1" : "=r"(mpidr));
        // Aff3 is in bits 39 to 32 there, and next to Aff2 in the redistributor's type register.
        const std::uint64_t affinity = (mpidr & 0xff'ffff) | (mpidr >> 8 & 0xff00'0000);
        std::uintptr_t frame = config.redistributor;
        for (;;) {
            const std::uint64_t type = Mmio64::read(frame + redistributor_type);
            if (type >> type_affinity_shift == affinity || (type & type_last) != 0) {
                return frame;
            }
            frame += (type & type_virtual_lpis) != 0 ? 4 * frame_size : 2 * frame_size;
        }
    }
};

}  // namespace pegplan::arch::devices
