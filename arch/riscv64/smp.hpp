// What the rest of the port calls of smp.cpp, where there are several CPUs.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pegplan::arch::riscv64 {

/// The hart that boots is CPU 0, and can be interrupted by others from now on. Ends the machine with a message if the firmware
/// cannot do what several CPUs need. Masked.
void start_first_cpu(std::uintptr_t hart) noexcept;

/// A software interrupt has come: it is pending no longer, and what was written before it was sent can be seen. Does not return
/// if it says to halt.
void accept_ipi() noexcept;

/// Forgets translations of [address, address + size) on all other CPUs, now that the tables say something else.
void fence_others(std::uintptr_t address, std::size_t size) noexcept;

}  // namespace pegplan::arch::riscv64
