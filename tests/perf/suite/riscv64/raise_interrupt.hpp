// The running thread interrupts itself.
#pragma once

namespace bench {

/// Returns when the interrupt is over and the thread is due.
[[gnu::always_inline]] inline void raise_interrupt() noexcept
{
    asm volatile("csrsi sip, 2" : : : "memory");  // the bit of the software interrupt; taken before the next instruction
}

}  // namespace bench
