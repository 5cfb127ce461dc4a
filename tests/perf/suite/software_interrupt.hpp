// An interrupt that the running thread raises, and whose handler is the bench's.
//
// The kernel has no interface yet for interrupts of an application. So each architecture has an entry here that does what the
// port's own one does (arch/<arch>/trap.S): it saves what a C++ function may clobber, calls, and restores. How the thread
// interrupts itself is the architecture's: by `int` on x86_64, `svc` on aarch64, and the pending bit of the software interrupt
// on riscv64. The floating-point unit is not saved: the rows are measured with FP_NONE alone.
#pragma once

namespace bench {

/// Called by the interrupt. Masked, in an ISR.
extern void (*interrupt_handler)() noexcept;

/// Puts the entry beside the kernel's own ones. Once.
void install_software_interrupt() noexcept;

}  // namespace bench

#include "raise_interrupt.hpp"
