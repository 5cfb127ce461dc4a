// The running thread interrupts itself.
#pragma once

namespace bench {

/// Returns when the interrupt is over and the thread is due.
[[gnu::always_inline]] inline void raise_interrupt() noexcept
{
    asm volatile("int $0x33" : : : "memory", "cc");  // interrupt_vector
}

}  // namespace bench
