// Where traps enter. stvec is in vectored mode: exceptions go to the table's start, interrupt n to entry n.

#include "arch/riscv64/frame.h"

    .section .text.pegplan_vectors, "ax"
    .globl pegplan_vectors
    .type pegplan_vectors, @function
    .balign 64
    .option push
    .option norvc
// All entries: from any code, masked by the hart; every register but the trap's CSRs is live.
pegplan_vectors:
    j pegplan_exception_entry        // exceptions
    j pegplan_unexpected_interrupt   // 1: supervisor software
    .rept 3
    j pegplan_unexpected_interrupt
    .endr
    j pegplan_timer_entry            // 5: supervisor timer
    .rept 10
    j pegplan_unexpected_interrupt
    .endr
    .option pop
    .size pegplan_vectors, . - pegplan_vectors

// The timer. sepc and sstatus survive in the hart unless another thread runs in between; C++ saves them then.
    .type pegplan_timer_entry, @function
    .balign 4
pegplan_timer_entry:
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
    call pegplan_timer_interrupt
    ld ra, 0(sp)
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
    .size pegplan_timer_entry, . - pegplan_timer_entry

// Exceptions, and interrupts that nobody asked for, which C++ reports like a fault. They run on a stack of their own
// (sscratch), because the fault may be that of the stack. Returns when C++ has removed the cause.
    .type pegplan_exception_entry, @function
    .balign 4
pegplan_unexpected_interrupt:
pegplan_exception_entry:
    csrrw sp, sscratch, sp
    addi sp, sp, -FAULT_FRAME_SIZE
    sd x1, FAULT_X(1)(sp)
    .irp n, 3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    sd x\n, FAULT_X(\n)(sp)
    .endr
    // sscratch names the stack's top again, so that a fault in here is reported too.
    addi t0, sp, FAULT_FRAME_SIZE
    csrrw t0, sscratch, t0
    sd t0, FAULT_SP(sp)
    .option push
    .option norelax
    la gp, __global_pointer$
    .option pop
    mv a0, sp
    call pegplan_exception
    .irp n, 3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    ld x\n, FAULT_X(\n)(sp)
    .endr
    ld x1, FAULT_X(1)(sp)
    ld sp, FAULT_SP(sp)
    sret
    .size pegplan_exception_entry, . - pegplan_exception_entry
