// Switching from one context to another, and the first step of a new one.
//
// A context at rest is its stack pointer; the registers that C++ calls preserve lie just below it, where nothing else
// writes because interrupts are masked from the first store to the last load. (That is why the stack pointer
// itself need not move.)

#include "arch/riscv64/frame.h"
#include "arch/riscv64/privilege.h"

    .section .text.pegplan_switch, "ax"
    .globl pegplan_switch_thread_local
    .type pegplan_switch_thread_local, @function
    .globl pegplan_switch_plain
    .type pegplan_switch_plain, @function
// void pegplan_switch(Context* from a0, const Context* to a1): called from C++, masked. ra, sp and s0 to s11 live. The
// name is one of these two entries, by choice of the linker script.
pegplan_switch_thread_local:
    ld tp, CONTEXT_TP(a1)
pegplan_switch_plain:
    sd ra, SWITCH_RA(sp)
    sd s0, SWITCH_S(0)(sp)
    .irp n, 1,2,3,4,5,6,7,8,9,10,11
    sd s\n, SWITCH_S(\n)(sp)
    .endr
    sd sp, CONTEXT_SP(a0)
    ld sp, CONTEXT_SP(a1)
    ld ra, SWITCH_RA(sp)
    ld s0, SWITCH_S(0)(sp)
    .irp n, 1,2,3,4,5,6,7,8,9,10,11
    ld s\n, SWITCH_S(\n)(sp)
    .endr
    ret
    .size pegplan_switch_plain, . - pegplan_switch_plain
    .size pegplan_switch_thread_local, . - pegplan_switch_thread_local

    .section .text.pegplan_switch_fp, "ax"
    .globl pegplan_switch_fp_thread_local
    .type pegplan_switch_fp_thread_local, @function
    .globl pegplan_switch_fp_plain
    .type pegplan_switch_fp_plain, @function
// The same, and fs0 to fs11 and fcsr.
pegplan_switch_fp_thread_local:
    ld tp, CONTEXT_TP(a1)
pegplan_switch_fp_plain:
    .option push
    .option arch, +d
    sd ra, SWITCH_RA(sp)
    frcsr t0
    sd s0, SWITCH_S(0)(sp)
    .irp n, 1,2,3,4,5,6,7,8,9,10,11
    sd s\n, SWITCH_S(\n)(sp)
    .endr
    sd t0, SWITCH_FCSR(sp)
    .irp n, 0,1,2,3,4,5,6,7,8,9,10,11
    fsd fs\n, SWITCH_FS(\n)(sp)
    .endr
    sd sp, CONTEXT_SP(a0)
    ld sp, CONTEXT_SP(a1)
    ld ra, SWITCH_RA(sp)
    ld s0, SWITCH_S(0)(sp)
    ld t0, SWITCH_FCSR(sp)
    .irp n, 1,2,3,4,5,6,7,8,9,10,11
    ld s\n, SWITCH_S(\n)(sp)
    .endr
    fscsr t0
    .irp n, 0,1,2,3,4,5,6,7,8,9,10,11
    fld fs\n, SWITCH_FS(\n)(sp)
    .endr
    ret
    .option pop
    .size pegplan_switch_fp_plain, . - pegplan_switch_fp_plain
    .size pegplan_switch_fp_thread_local, . - pegplan_switch_fp_thread_local

    .section .text.pegplan_context_start, "ax"
    .globl pegplan_context_start
    .type pegplan_context_start, @function
// Where a new context's first switch returns to: masked, s1 the function, s2 its argument, s0 0 so that stack traces
// end here.
pegplan_context_start:
.if PEGPLAN_SMP
    call pegplan_thread_begins
.endif
    mv a0, s2
    li ra, 0
    csrsi CSR_STATUS, STATUS_INTERRUPTS
    jr s1
    .size pegplan_context_start, . - pegplan_context_start
