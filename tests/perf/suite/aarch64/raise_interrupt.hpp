// The running thread interrupts itself.
#pragma once

namespace bench {

/// Returns when the interrupt is over and the thread is due.
[[gnu::always_inline]] inline void raise_interrupt() noexcept
{
    asm volatile("svc #0" : : : "memory");
}

}  // namespace bench
