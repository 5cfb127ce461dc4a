// Where traps enter. The trap vector is in direct mode: exceptions that the firmware takes first, illegal instructions among them,
// are handed on by OpenSBI to the address in stvec as it stands, the bits of the vectored mode included.

#include "arch/riscv64/frame.h"
#include "arch/riscv64/interrupt_entry.inc"

    .section .text.pegplan_trap, "ax"
    .globl pegplan_trap_entry
    .type pegplan_trap_entry, @function
    .balign 4
// From any code, masked by the hart; every register but the trap's CSRs is live. The stack may be what is wrong, so that
// t0 makes room on the exception stack (the scratch register), where a fault's frame goes as well.
pegplan_trap_entry:
    csrrw sp, CSR_SCRATCH, sp
    sd t0, FAULT_SPARE(sp)
    csrr t0, CSR_CAUSE
    bgez t0, pegplan_exception_entry
    slli t0, t0, 1                       // without the interrupt bit, which is the highest
.if PEGPLAN_SMP
    addi t0, t0, -(2 * CAUSE_SOFTWARE)
    andi t0, t0, ~(2 * (CAUSE_TIMER - CAUSE_SOFTWARE))    // one bit is between the two
.else
    addi t0, t0, -(2 * CAUSE_TIMER)
.endif
    bnez t0, pegplan_exception_entry     // an interrupt that nobody asked for
    ld t0, FAULT_SPARE(sp)
    csrrw sp, CSR_SCRATCH, sp
    j pegplan_interrupt_entry
    .size pegplan_trap_entry, . - pegplan_trap_entry

// The timer, and what other CPUs ask: from pegplan_trap_entry, masked, all registers as they were. Place and mode survive in
// the hart unless another thread runs in between; C++ saves them then.
    .type pegplan_interrupt_entry, @function
pegplan_interrupt_entry:
    call_from_interrupt pegplan_interrupt
    .size pegplan_interrupt_entry, . - pegplan_interrupt_entry

// Exceptions, and interrupts that nobody asked for, which C++ reports like a fault: from pegplan_trap_entry, masked, sp
// the exception stack's top, the scratch register the stack pointer that was, t0 in FAULT_SPARE. Returns when C++ has removed the cause.
    .type pegplan_exception_entry, @function
pegplan_exception_entry:
    ld t0, FAULT_SPARE(sp)
    addi sp, sp, -FAULT_FRAME_SIZE
    sd x1, FAULT_X(1)(sp)
    .irp n, 3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    sd x\n, FAULT_X(\n)(sp)
    .endr
    // The scratch register names the stack's top again, so that a fault in here is reported too.
    addi t0, sp, FAULT_FRAME_SIZE
    csrrw t0, CSR_SCRATCH, t0
    sd t0, FAULT_SP(sp)
.if !PEGPLAN_SMP
    .option push
    .option norelax
    la gp, __global_pointer$
    .option pop
.endif
    mv a0, sp
    call pegplan_exception
    .irp n, 3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    ld x\n, FAULT_X(\n)(sp)
    .endr
    ld x1, FAULT_X(1)(sp)
    ld sp, FAULT_SP(sp)
    return_from_trap
    .size pegplan_exception_entry, . - pegplan_exception_entry
