// A CPU of the host: one pthread, and what the port keeps for it.
//
// Interrupts are masked by a flag in memory, so that neither masking nor a switch of threads costs a system call. The rules:
//   (1) The timer's signal is never blocked. Its handler is the CPU's interrupt entry.
//   (2) While `masked` is set, the handler does no more than to set `pending`. The flag belongs to the CPU, not to a
//       thread: a switch takes place masked on both sides, and each thread clears the flag on its own way out.
//   (3) Whoever clears `masked` looks at `pending` afterwards and runs the interrupt itself. Handler and interrupted code
//       belong to one pthread, so the order of the two accesses in the program is their order; only the compiler must
//       keep it (atomic_signal_fence). A signal between the two runs the interrupt in its handler, and `pending` is clear.
//   (4) Clearing `pending` precedes what the interrupt does, so that a signal that comes meanwhile is not lost.
#pragma once

#include "arch/host/linux.hpp"
#include "arch/port.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace pegplan::arch::host {

struct HostCpu {
    std::atomic<std::uint8_t> masked{1};
    std::atomic<std::uint32_t> pending{0};  ///< as wide as what Linux can wait for
    Ticks deadline = no_deadline;           ///< virtual time: of the next interrupt
    Ticks armed = no_deadline;              ///< real time: when the timer fires, at the latest
    std::byte* thread_locals = nullptr;     ///< the image's thread_local objects in the CPU's pthread, if there are any
    SignalTimer timer;
    stack_t signal_stack{};  ///< for faults, which may be those of a stack
};

extern constinit HostCpu uniprocessor;

/// The CPU that executes the call.
[[gnu::always_inline]] inline HostCpu& this_host_cpu() noexcept
{
    return uniprocessor;
}

/// Masks interrupts; returns what `masked` was.
[[gnu::always_inline]] inline std::uint8_t mask(HostCpu& cpu) noexcept
{
    const std::uint8_t before = cpu.masked.load(std::memory_order_relaxed);
    cpu.masked.store(1, std::memory_order_relaxed);
    std::atomic_signal_fence(std::memory_order_seq_cst);
    return before;
}

/// Sets `masked` to what it was. The caller then asks whether an interrupt is due.
[[gnu::always_inline]] inline void unmask_to(HostCpu& cpu, std::uint8_t before) noexcept
{
    std::atomic_signal_fence(std::memory_order_seq_cst);
    cpu.masked.store(before, std::memory_order_relaxed);
    std::atomic_signal_fence(std::memory_order_seq_cst);
}

/// Runs the interrupt. Masked; returns when the interrupted thread runs again, possibly on another CPU.
void take_interrupt() noexcept;

/// Runs interrupts as long as some are due. Entered unmasked, by a thread at a place of its own choice.
void take_interrupts() noexcept;

}  // namespace pegplan::arch::host
