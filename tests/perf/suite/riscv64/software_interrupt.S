// Where traps enter while the bench runs: its own interrupt, and everything else for the kernel. The same steps as in
// arch/riscv64/trap.S.
#include "arch/riscv64/frame.h"

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
    addi sp, sp, -INTERRUPT_FRAME_SIZE
    sd ra, 0(sp)
    sd t0, 8(sp)
    sd t1, 16(sp)
    sd t2, 24(sp)
    sd t3, 32(sp)
    sd t4, 40(sp)
    sd t5, 48(sp)
    sd t6, 56(sp)
    sd a0, 64(sp)
    sd a1, 72(sp)
    sd a2, 80(sp)
    sd a3, 88(sp)
    sd a4, 96(sp)
    sd a5, 104(sp)
    sd a6, 112(sp)
    sd a7, 120(sp)
    call bench_interrupt
    ld ra, 0(sp)
    sc.d zero, ra, 0(sp)                 // ends the reservation of an interrupted LR
    ld t0, 8(sp)
    ld t1, 16(sp)
    ld t2, 24(sp)
    ld t3, 32(sp)
    ld t4, 40(sp)
    ld t5, 48(sp)
    ld t6, 56(sp)
    ld a0, 64(sp)
    ld a1, 72(sp)
    ld a2, 80(sp)
    ld a3, 88(sp)
    ld a4, 96(sp)
    ld a5, 104(sp)
    ld a6, 112(sp)
    ld a7, 120(sp)
    addi sp, sp, INTERRUPT_FRAME_SIZE
    sret

not_ours:
    ld t0, FAULT_SPARE(sp)
    csrrw sp, sscratch, sp
    j pegplan_trap_entry
    .size bench_trap_entry, . - bench_trap_entry
