// The CPUs but the first: each is a pthread from the process's start on, which sleeps until the kernel starts the CPU.
#pragma once

#include "arch/host/cpu.hpp"

#include <cstddef>
#include <span>

namespace pegplan::arch::host {

/// Makes the calling pthread the CPU of this number: from now on this_host_cpu() is that one. Before the kernel runs.
void become_cpu(unsigned number) noexcept;

/// The life of a pthread that has become a CPU other than the first, and whose timer and signal stack are there.
[[noreturn]] void serve_as_secondary() noexcept;

/// The contracts of these are those of the operations of the port (arch/port.hpp).
bool start_cpu(unsigned number, std::span<std::byte> stack, void* current) noexcept;
[[noreturn]] void stop_this_cpu() noexcept;

/// Called by the first step of each context: true if it is that of a CPU, false if it is that of a thread. Masked.
[[nodiscard]] bool is_first_step_of_cpu() noexcept;

}  // namespace pegplan::arch::host
