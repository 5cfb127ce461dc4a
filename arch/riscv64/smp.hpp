// What the rest of the port calls of smp.cpp, where there are several CPUs.
#pragma once

#include <cstdint>

namespace pegplan::arch::riscv64 {

/// The hart that boots is CPU 0, and can be interrupted by others from now on. Ends the machine with a message if the firmware
/// cannot do what several CPUs need. Masked.
void start_first_cpu(std::uintptr_t hart) noexcept;

/// A software interrupt has come: it is pending no longer, and what was written before it was sent can be seen. Does not return
/// if it says to halt.
void accept_ipi() noexcept;

}  // namespace pegplan::arch::riscv64
