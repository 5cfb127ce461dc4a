// The switch from one context to another, and where a new context begins.
#include "arch/aarch64/frames.h"

// Saves x19 to x30, which includes the address to return to, below the stack pointer that `\size` bytes make room for.
.macro save_integers size
    stp     x19, x20, [sp, #-\size]!
    stp     x21, x22, [sp, #SWITCH_FRAME_X19 + 16]
    stp     x23, x24, [sp, #SWITCH_FRAME_X19 + 32]
    stp     x25, x26, [sp, #SWITCH_FRAME_X19 + 48]
    stp     x27, x28, [sp, #SWITCH_FRAME_X19 + 64]
    stp     x29, x30, [sp, #SWITCH_FRAME_X29]
.endm

.macro restore_integers size
    ldp     x29, x30, [sp, #SWITCH_FRAME_X29]
    ldp     x27, x28, [sp, #SWITCH_FRAME_X19 + 64]
    ldp     x25, x26, [sp, #SWITCH_FRAME_X19 + 48]
    ldp     x23, x24, [sp, #SWITCH_FRAME_X19 + 32]
    ldp     x21, x22, [sp, #SWITCH_FRAME_X19 + 16]
    ldp     x19, x20, [sp], #\size
.endm

// The thread pointer of the context to come.
.macro load_thread_pointer
    ldur    x9, [x1, #CONTEXT_THREAD_POINTER]
    msr     tpidr_el0, x9
.endm

// void pegplan_switch(std::uintptr_t* from, const std::uintptr_t* to)
// Called from C++, masked. x0, x1: the stack pointers in the contexts. Returns, masked, in the other context; integer
// registers only. The name is one of the two entries, by choice of the linker script.
    .section .text.hot.pegplan_switch, "ax"
    .balign 16
    .global pegplan_switch_thread_local
    .type   pegplan_switch_thread_local, %function
    .global pegplan_switch_plain
    .type   pegplan_switch_plain, %function
pegplan_switch_thread_local:
    load_thread_pointer
pegplan_switch_plain:
    save_integers SWITCH_FRAME_SIZE
    mov     x9, sp
    str     x9, [x0, #CONTEXT_STACK_POINTER]
    ldr     x9, [x1, #CONTEXT_STACK_POINTER]
    mov     sp, x9
    restore_integers SWITCH_FRAME_SIZE
    ret
    .size   pegplan_switch_plain, . - pegplan_switch_plain
    .size   pegplan_switch_thread_local, . - pegplan_switch_thread_local

// void pegplan_switch_fp(std::uintptr_t* from, const std::uintptr_t* to)
// Called from C++, masked. x0, x1: the stack pointers in the contexts. As above, with d8 to d15 and FPCR, which calls
// preserve too. Writing FPCR makes many CPUs wait for the unit to drain, so it is not written when it stays the same.
    .section .text.hot.pegplan_switch_fp, "ax"
    .balign 16
    .global pegplan_switch_fp_thread_local
    .type   pegplan_switch_fp_thread_local, %function
    .global pegplan_switch_fp_plain
    .type   pegplan_switch_fp_plain, %function
pegplan_switch_fp_thread_local:
    load_thread_pointer
pegplan_switch_fp_plain:
    .arch_extension fp
    save_integers FP_SWITCH_FRAME_SIZE
    stp     d8, d9, [sp, #FP_SWITCH_FRAME_D8]
    stp     d10, d11, [sp, #FP_SWITCH_FRAME_D8 + 16]
    stp     d12, d13, [sp, #FP_SWITCH_FRAME_D8 + 32]
    stp     d14, d15, [sp, #FP_SWITCH_FRAME_D8 + 48]
    mrs     x10, fpcr
    mov     x9, sp
    stp     x9, x10, [x0, #CONTEXT_STACK_POINTER]
    ldp     x9, x11, [x1, #CONTEXT_STACK_POINTER]
    mov     sp, x9
    cmp     x10, x11
    b.eq    1f
    msr     fpcr, x11
1:  ldp     d14, d15, [sp, #FP_SWITCH_FRAME_D8 + 48]
    ldp     d12, d13, [sp, #FP_SWITCH_FRAME_D8 + 32]
    ldp     d10, d11, [sp, #FP_SWITCH_FRAME_D8 + 16]
    ldp     d8, d9, [sp, #FP_SWITCH_FRAME_D8]
    restore_integers FP_SWITCH_FRAME_SIZE
    ret
    .size   pegplan_switch_fp_plain, . - pegplan_switch_fp_plain
    .size   pegplan_switch_fp_thread_local, . - pegplan_switch_fp_thread_local

// Where the first switch to a context returns to, masked. x19: the entry function, x20: its argument, x29: 0, which
// ends the chain of frame records. The call leaves a return address in here, so that a stack trace names this place.
    .section .text.pegplan_aarch64_thread_begin, "ax"
    .global pegplan_aarch64_thread_begin
    .type   pegplan_aarch64_thread_begin, %function
pegplan_aarch64_thread_begin:
    mov     x0, x20
    msr     daifclr, #2
    blr     x19
    brk     #0                  // the entry function never returns
    .size   pegplan_aarch64_thread_begin, . - pegplan_aarch64_thread_begin
