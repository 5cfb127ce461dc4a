// Where traps enter while the bench runs: its own interrupt, and everything else for the kernel. The way to the interrupt is as in
// arch/riscv64/trap.S.
#include "arch/riscv64/frame.h"
#include "arch/riscv64/interrupt_entry.inc"

    .section .text.bench_trap, "ax"
    .globl bench_trap_entry
    .type bench_trap_entry, @function
    .balign 4
// From any code, masked by the hart; every register but the trap's CSRs is live. t0 makes room on the exception stack.
bench_trap_entry:
    csrrw sp, sscratch, sp
    sd t0, FAULT_SPARE(sp)
    csrr t0, scause
    bgez t0, not_ours
    slli t0, t0, 1                       // without the interrupt bit, which is the highest
    addi t0, t0, -(2 * SCAUSE_SOFTWARE)
    bnez t0, not_ours
    ld t0, FAULT_SPARE(sp)
    csrrw sp, sscratch, sp
    call_from_interrupt bench_interrupt

not_ours:
    ld t0, FAULT_SPARE(sp)
    csrrw sp, sscratch, sp
    j pegplan_trap_entry
    .size bench_trap_entry, . - bench_trap_entry
