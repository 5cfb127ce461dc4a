// The local APIC of an x86 CPU, in its memory-mapped mode: interrupt controller and one-shot timer of the CPU that
// executes the calls. The vectors are the architecture's choice ("arch/x86_64/vectors.hpp").
#pragma once

#include "arch/devices/mmio.hpp"

#include <cstddef>
#include <cstdint>

namespace pegplan::arch::devices {

struct XapicConfig {
    std::uintptr_t base;
    std::size_t size;
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
        // A masked entry must still hold a vector that is legal.
        write(lvt_error, lvt_masked | spurious_vector);
        write(lvt_timer, lvt_masked | spurious_vector);
        write(lvt_lint0, lvt_masked | spurious_vector);
        write(lvt_lint1, lvt_delivery_nmi);
        write(task_priority, 0);
        write(spurious, spurious_enable | spurious_vector);
        end_of_interrupt();  // of one that firmware may have left in service
    }

    /// The interrupt that is being handled has been: lets the next one through.
    static void end_of_interrupt() noexcept { write(eoi, 0); }

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
    static constexpr std::uintptr_t task_priority = 0x80;
    static constexpr std::uintptr_t eoi = 0xb0;
    static constexpr std::uintptr_t spurious = 0xf0;
    static constexpr std::uint32_t spurious_enable = 0x100;
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
