// The port's code that cannot be C++: the process's entry, the switch of contexts, the first step of one, the end of a signal
// handler.

#include "frame.h"

#include <asm/unistd.h>

    // Entered by Linux or the dynamic linker. Live: sp points to the argument count, the arguments and the environment; x0 is
    // what the dynamic linker wants called at the end. This is the image's entry in place of the C library's, which would
    // call main() at once: main is the first thread's.
    .text
    .globl pegplan_boot
    .type pegplan_boot, %function
pegplan_boot:
    mov x29, #0                         // stack traces end here
    mov x30, #0
    mov x5, x0
    ldr x1, [sp]
    add x2, sp, #8
    mov x6, sp
    mov x3, #0                          // no initialisers and
    mov x4, #0                          // finalisers besides those that the dynamic linker knows
    adrp x0, pegplan_host_main
    add x0, x0, :lo12:pegplan_host_main
    bl __libc_start_main
    brk #0
    .size pegplan_boot, . - pegplan_boot

.macro save_general
    sub sp, sp, #FRAME_SIZE
    stp x19, x20, [sp, #FRAME_X19]
    stp x21, x22, [sp, #16]
    stp x23, x24, [sp, #32]
    stp x25, x26, [sp, #48]
    stp x27, x28, [sp, #64]
    stp x29, x30, [sp, #FRAME_X29]
.endm

.macro load_general
    ldp x19, x20, [sp, #FRAME_X19]
    ldp x21, x22, [sp, #16]
    ldp x23, x24, [sp, #32]
    ldp x25, x26, [sp, #48]
    ldp x27, x28, [sp, #64]
    ldp x29, x30, [sp, #FRAME_X29]
    add sp, sp, #FRAME_SIZE
.endm

.macro switch_stacks
    mov x9, sp
    str x9, [x0]
    ldr x9, [x1]
    mov sp, x9
.endm

    // void pegplan_switch(MachineContext* from x0, const MachineContext* to x1): called from C++, masked. Live: x19 to x30,
    // sp. The last jump is not a return, which would be predicted to lead back.
    .globl pegplan_switch
    .type pegplan_switch, %function
pegplan_switch:
    save_general
    switch_stacks
    load_general
    br x30
    .size pegplan_switch, . - pegplan_switch

    // The same, and d8 to d15 and fpcr.
    .globl pegplan_switch_fp
    .type pegplan_switch_fp, %function
pegplan_switch_fp:
    .arch_extension fp
    save_general
    sub sp, sp, #FP_FRAME_SIZE
    mrs x9, fpcr
    stp d8, d9, [sp, #0]
    stp d10, d11, [sp, #16]
    stp d12, d13, [sp, #32]
    stp d14, d15, [sp, #48]
    str x9, [sp, #FP_FRAME_FPCR]
    mov x10, x9
    switch_stacks
    ldr x9, [sp, #FP_FRAME_FPCR]
    ldp d8, d9, [sp, #0]
    ldp d10, d11, [sp, #16]
    ldp d12, d13, [sp, #32]
    ldp d14, d15, [sp, #48]
    cmp x9, x10                         // writing it is slow, and hardly ever does one thread's differ from another's
    b.eq 1f
    msr fpcr, x9
1:  add sp, sp, #FP_FRAME_SIZE
    load_general
    br x30
    .size pegplan_switch_fp, . - pegplan_switch_fp

    // Entered by the first switch to a context, masked. Live: x19 its entry, x20 the argument. Goes on to the entry, unmasked.
    .globl pegplan_context_start
    .type pegplan_context_start, %function
pegplan_context_start:
    mov x29, #0                         // stack traces end here
    bl pegplan_context_begin
    mov x0, x20
    mov x30, #0
    br x19
    .size pegplan_context_start, . - pegplan_context_start

    // Entered by the return of a signal handler. Live: sp, which points to the signal's frame. In the handler's section.
    .section pegplan_handler, "ax", %progbits
    .globl pegplan_signal_return
    .type pegplan_signal_return, %function
pegplan_signal_return:
    mov x8, #__NR_rt_sigreturn
    svc #0
    .size pegplan_signal_return, . - pegplan_signal_return

    .section .note.GNU-stack, "", %progbits
