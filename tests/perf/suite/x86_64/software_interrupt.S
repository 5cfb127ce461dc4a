// The entry of the bench's interrupt.
#include "arch/x86_64/interrupt_entry.inc"

    interrupt bench_interrupt_entry, bench_interrupt

    .section .note.GNU-stack, "", @progbits
