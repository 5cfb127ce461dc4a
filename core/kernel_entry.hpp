// What an architecture calls in the core: the other half of the contract in "arch/port.hpp".
//
// Boot:       the architecture's start-up code (stack, zeroed .bss, memory protection, trap vectors, timer) ends in
//             `start()`, masked, on a boot stack of its own.
// Interrupt:  save the registers that a C++ call may clobber, then
//                 isr_enter();
//                 timer_interrupt();                    // or another device's handler
//                 if (isr_exit()) { preempt(); }        // with eager floating point: saved around preempt()
//             and resume the interrupted code. Interrupts do not nest.
// Fault:      fill a `Fault` and call `fault()`, which does not return.
#pragma once

#include "arch/port.hpp"

#include <cstdint>
#include <string_view>

namespace pegplan::kernel {

/// Starts the kernel: the first thread runs `main`, and the calling context becomes the idle thread, whose stack the
/// boot stack is from then on: room for one interrupt. Masked.
[[noreturn]] void start() noexcept;

/// Marks the begin of interrupt context on this CPU. Masked.
void isr_enter() noexcept;

/// Marks the end of it, and tells whether the interrupted thread must now give way: if it is not 0. Masked.
[[nodiscard]] std::uintptr_t isr_exit() noexcept;

/// Switches to the thread that should run; returns when the interrupted one runs again. Masked, after `isr_exit`.
void preempt() noexcept;

/// The timer's interrupt: ends slices, wakes sleepers, sets the next deadline. In an ISR.
void timer_interrupt() noexcept;

/// Where a CPU other than the first enters the kernel: it becomes that CPU's idle thread. Masked, on the stack and with the
/// current pointer that Port::start_cpu was given.
[[noreturn]] void start_secondary() noexcept;

/// What another CPU has asked of this one with Port::send_ipi. In an ISR.
void ipi_interrupt() noexcept;

/// A synchronous fault of the running code.
struct Fault {
    std::string_view cause;         ///< in the architecture's words, e.g. "store page fault"
    std::uintptr_t code;            ///< the architecture's syndrome or error code
    std::uintptr_t address;         ///< the address it concerns; 0 where it has none
    bool has_address;
    arch::RegisterDump registers;
};

/// Prints the fault with registers, thread and stack trace, and ends the machine. Masked, anywhere.
[[noreturn]] void fault(const Fault& fault) noexcept;

}  // namespace pegplan::kernel

/// What a new context calls first, where there are several CPUs: it ends the critical section in which the switch to it
/// took place. Masked.
extern "C" void pegplan_thread_begins() noexcept;
