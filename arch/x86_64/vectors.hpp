// The plan of the interrupt vectors: 0 to 31 are the CPU's exceptions, the rest the port deals out. The table that
// the CPU looks vectors up in ends with the last one in use; an interrupt beyond it is a general protection fault.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pegplan::arch::x86_64 {

using Vector = std::uint8_t;

inline constexpr Vector vector_nmi = 2;
inline constexpr Vector vector_device_not_available = 7;
inline constexpr Vector vector_double_fault = 8;
inline constexpr Vector vector_page_fault = 14;
inline constexpr Vector vector_machine_check = 18;

/// The first vector that is no exception.
inline constexpr Vector first_interrupt_vector = 32;

/// The local APIC's timer.
inline constexpr Vector vector_timer = 0x30;

/// Where there are several CPUs: another one asks the kernel for something, or the port to flush what is kept of page
/// tables.
inline constexpr Vector vector_ipi = 0x31;
inline constexpr Vector vector_flush = 0x32;

/// Interrupts that vanish while they are delivered. Old CPUs insist on ones in the lowest four bits.
inline constexpr Vector vector_spurious = 0x3f;

/// How many entries the table of vectors has.
inline constexpr std::size_t vector_count = vector_spurious + 1;

}  // namespace pegplan::arch::x86_64
