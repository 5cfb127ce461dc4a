// Several CPUs: what the rest of the port needs of "arch/aarch64/many_cpus.cpp". With one CPU nothing of it is in the
// image.
#pragma once

#include <cstdint>

namespace pegplan::arch::aarch64 {

/// The software interrupts by which CPUs reach each other.
inline constexpr std::uint32_t irq_call = 0;  ///< kernel::ipi_interrupt is to be called
inline constexpr std::uint32_t irq_halt = 1;  ///< the CPU is to halt for ever; comes as FIQ where that is possible

/// Keeps how this CPU was entered (CurrentEL): that tells how firmware is called. On the CPU that boots, MMU on; .bss is
/// not zeroed.
void note_entry(std::uint64_t exception_level) noexcept;

/// Finds the CPU that boots in the board file; false if it is not there. On that CPU, once.
[[nodiscard]] bool find_boot_cpu() noexcept;

/// See Port::place_of_cpu.
[[nodiscard]] unsigned place_among_many(unsigned cpu) noexcept;

/// From now on others can interrupt this CPU, whose part of the interrupt controller is set up. Masked.
void join_other_cpus() noexcept;

/// Halts this CPU for ever: somebody has called Port::halt_others.
[[noreturn]] void halt_this_cpu() noexcept;

/// Whether that is what a fast interrupt has come for.
[[nodiscard]] bool is_halting() noexcept;

}  // namespace pegplan::arch::aarch64
