// Several CPUs: what the rest of the port needs to know of them. With one CPU nothing calls this, and nothing of it is
// in the image.
//
// A CPU is started in three steps. The one that starts it (secondary.cpp) puts down what the other one needs, a stack
// above all, and sends it the messages INIT and STARTUP. The other one begins in real mode in the board's start-up page
// (secondary.S), makes its way to 64-bit mode in the kernel's page tables, and sets up what belongs to a CPU. Then the
// two compare their clocks, by which the first one knows that the second is there; and the second enters the kernel.
#pragma once

#include <cstdint>

namespace pegplan::arch::x86_64 {

/// On the CPU that boots, before all else and with the memory below 1 MiB mapped: lets GS lead to its words, and puts
/// the code where other CPUs begin.
void init_boot_cpu() noexcept;

/// Whether this is the CPU that the board file says is the first. With the local APIC at its place.
[[nodiscard]] bool is_first_cpu() noexcept;

/// Makes all other CPUs forget what they know about pages that have just become inaccessible. They may be masked; then
/// they use what they knew until they are not, and no longer: so no thread that begins or goes on after this call does.
/// Masked.
void flush_others() noexcept;

/// Whether this CPU has been told to halt, so that the interrupt that cannot be masked is meant for that.
[[nodiscard]] bool must_halt() noexcept;

/// Halts this CPU as it was told.
[[noreturn]] void halt_as_told() noexcept;

}  // namespace pegplan::arch::x86_64
