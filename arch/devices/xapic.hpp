// The local APIC of an x86 CPU, in its memory-mapped mode: interrupt controller and one-shot timer of the CPU that
// executes the calls, and its way to the other CPUs. The vectors are the architecture's choice
// ("arch/x86_64/vectors.hpp").
#pragma once

#include "arch/devices/mmio.hpp"

#include <cstddef>
#include <cstdint>

namespace pegplan::arch::devices {

struct XapicConfig {
    std::uintptr_t base;
    std::size_t size;
    std::uintptr_t startup_page = 0;  ///< where CPUs begin that others start; 0: the board has no place for that
};

/// `ReferenceClock`: what the timer's unknown frequency is measured by. `LegacyController`: the controller that would
/// interrupt the CPU beside this one.
template <XapicConfig config, class ReferenceClock, class LegacyController>
struct Xapic {
    using Reference = ReferenceClock;

    /// Where the registers must be for the rest to work.
    static constexpr std::uintptr_t base = config.base;

    /// The widest count of the timer.
    static constexpr std::uint32_t timer_count_max = 0xffff'ffff;

    /// Silences the legacy controller and all local sources but the NMI pin, accepts interrupts of every priority.
    /// The CPU's APIC must be enabled at `base`. Masked.
    static void init(std::uint8_t spurious_vector) noexcept
    {
        LegacyController::mask_all();
        init_local(spurious_vector, lvt_delivery_nmi);
    }

    /// The same for a CPU that another one has started. The NMI pin, which goes to all CPUs, is left to the first one.
    static void init_secondary(std::uint8_t spurious_vector) noexcept
    {
        init_local(spurious_vector, lvt_masked | spurious_vector);
    }

    /// The interrupt that is being handled has been: lets the next one through.
    static void end_of_interrupt() noexcept { write(eoi, 0); }

    /// This CPU's id: one of those that messages go to.
    static std::uint8_t id() noexcept { return static_cast<std::uint8_t>(read(id_register) >> id_shift); }

    // ---- messages to other CPUs -------------------------------------------------------------------------------------
    //
    // A message is two registers, so all of them are sent masked: an interrupt between the two might send another one.

    /// The id that would mean all of them.
    static constexpr std::uint8_t everybody = 0xff;

    /// The page in which a CPU begins, in real mode, at offset 0.
    static constexpr std::uintptr_t startup_page = config.startup_page;
    static constexpr std::size_t startup_page_size = 0x1000;

    /// Interrupts a CPU, this one perhaps.
    static void send_interrupt(std::uint8_t destination, std::uint8_t vector) noexcept
    {
        send(destination, delivery_fixed | vector);
    }

    /// Interrupts all but this one. Those that nobody has started have their APICs disabled and ignore it.
    static void send_interrupt_to_others(std::uint8_t vector) noexcept
    {
        send(0, to_all_others | delivery_fixed | vector);
    }

    /// An interrupt that cannot be masked, and that no disabled APIC ignores: only for CPUs that run.
    static void send_nmi(std::uint8_t destination) noexcept { send(destination, delivery_nmi); }

    /// Resets a CPU, which waits then for `send_startup`.
    static void send_init(std::uint8_t destination) noexcept { send(destination, delivery_init); }

    /// Lets a CPU that waits for it begin in the start-up page. All others ignore it.
    static void send_startup(std::uint8_t destination) noexcept
    {
        static_assert(startup_page != 0 && startup_page % startup_page_size == 0 && startup_page < startup_limit,
                      "board.yaml: `startup_page` of the local APIC must be the address of a page below 640 KiB");
        send(destination, delivery_startup | static_cast<std::uint32_t>(startup_page / startup_page_size));
    }

    // ---- timer ------------------------------------------------------------------------------------------------------

    /// The timer counts at its input's rate divided by 2^divider_log2, 0 to 7, and raises `vector` at the end of a
    /// count. Stops it.
    static void init_timer(std::uint8_t vector, unsigned divider_log2) noexcept
    {
        write(timer_initial_count, 0);
        write(timer_divide, divide_encoding(divider_log2));
        write(lvt_timer, vector);  // with neither a mode nor a mask bit: one shot, unmasked
    }

    /// Starts a count to the interrupt, in place of the one that may be under way; 0 means none.
    static void start_timer(std::uint32_t count) noexcept { write(timer_initial_count, count); }

    /// What is left of the count.
    static std::uint32_t timer_remaining() noexcept { return read(timer_current_count); }

private:
    static constexpr std::uintptr_t id_register = 0x20;
    static constexpr unsigned id_shift = 24;
    static constexpr std::uintptr_t task_priority = 0x80;
    static constexpr std::uintptr_t eoi = 0xb0;
    static constexpr std::uintptr_t spurious = 0xf0;
    static constexpr std::uint32_t spurious_enable = 0x100;
    static constexpr std::uintptr_t command_low = 0x300;  // written last: that sends
    static constexpr std::uintptr_t command_high = 0x310;
    static constexpr std::uint32_t command_pending = 0x1000;
    static constexpr std::uint32_t command_assert = 0x4000;
    static constexpr std::uint32_t delivery_fixed = command_assert;
    static constexpr std::uint32_t delivery_nmi = command_assert | 0x400;
    static constexpr std::uint32_t delivery_init = command_assert | 0x500;
    static constexpr std::uint32_t delivery_startup = command_assert | 0x600;
    static constexpr std::uint32_t to_all_others = 0xc'0000;
    static constexpr std::uintptr_t startup_limit = 0xa'0000;
    static constexpr std::uintptr_t lvt_timer = 0x320;
    static constexpr std::uintptr_t lvt_lint0 = 0x350;
    static constexpr std::uintptr_t lvt_lint1 = 0x360;
    static constexpr std::uintptr_t lvt_error = 0x370;
    static constexpr std::uint32_t lvt_delivery_nmi = 0x400;
    static constexpr std::uint32_t lvt_masked = 0x1'0000;
    static constexpr std::uintptr_t timer_initial_count = 0x380;
    static constexpr std::uintptr_t timer_current_count = 0x390;
    static constexpr std::uintptr_t timer_divide = 0x3e0;
    static constexpr std::uintptr_t last_register = timer_divide;

    static_assert(config.size >= last_register + sizeof(std::uint32_t), "board.yaml: the local APIC takes more space");

    static void init_local(std::uint8_t spurious_vector, std::uint32_t nmi_pin) noexcept
    {
        // A masked entry must still hold a vector that is legal.
        write(lvt_error, lvt_masked | spurious_vector);
        write(lvt_timer, lvt_masked | spurious_vector);
        write(lvt_lint0, lvt_masked | spurious_vector);
        write(lvt_lint1, nmi_pin);
        write(task_priority, 0);
        write(spurious, spurious_enable | spurious_vector);
        end_of_interrupt();  // of one that firmware may have left in service
    }

    /// Sends a message as soon as the one before has left, of which the bus takes care in less than a microsecond. Who
    /// has waited for very long sends nonetheless: the CPU that it may be lost for does not answer anyway.
    static void send(std::uint8_t destination, std::uint32_t command) noexcept
    {
        constexpr int patience = 1'000'000;  // reads of a register that is not cached: some tenths of a second

        for (int i = 0; (read(command_low) & command_pending) != 0 && i < patience; ++i) {
        }
        write(command_high, std::uint32_t{destination} << id_shift);
        write(command_low, command);
    }

    /// The register's bits 0, 1 and 3 hold log2 of the divider less one, modulo 8.
    static constexpr std::uint32_t divide_encoding(unsigned divider_log2) noexcept
    {
        const unsigned code = (divider_log2 + 7) % 8;
        return (code & 3) | (code & 4) << 1;
    }

    static void write(std::uintptr_t offset, std::uint32_t value) noexcept
    {
        Mmio32::write(config.base + offset, value);
    }
    static std::uint32_t read(std::uintptr_t offset) noexcept { return Mmio32::read(config.base + offset); }
};

}  // namespace pegplan::arch::devices
