// Several CPUs: where a CPU that another one has started begins, and the first step of a new context there.
#include "arch/aarch64/frames.h"
#include "arch/aarch64/leave_el2.inc"

// Entered by firmware at the exception level at which the first CPU was entered, masked, MMU and caches off. x0: the
// address of a Handover ("arch/aarch64/many_cpus.cpp"), which has been written to memory past the caches, at the end of
// the stack of this CPU.
//
// Nothing is written before the caches are on: what other CPUs' caches hold of the stack may still reach memory later.
    .section .text.pegplan_aarch64_secondary_entry, "ax"
    .global pegplan_aarch64_secondary_entry
    .type   pegplan_aarch64_secondary_entry, %function
pegplan_aarch64_secondary_entry:
    msr     daifset, #0xf
    mrs     x1, CurrentEL
    cmp     x1, #CURRENT_EL_EL2
    b.ne    secondary_at_el1
    leave_el2 secondary_at_el1

// At EL1, masked, MMU off. x0: the Handover.
secondary_at_el1:
    ldr     x1, =SCTLR_EL1_OFF
    msr     sctlr_el1, x1
    ldr     x1, [x0, #HANDOVER_VECTORS]
    msr     vbar_el1, x1
    ldr     x1, [x0, #HANDOVER_NUMBER]
    msr     tpidrro_el0, x1
    ldr     x1, [x0, #HANDOVER_CURRENT]
    msr     tpidr_el1, x1
    isb
    msr     spsel, #0
    ldr     x1, [x0, #HANDOVER_EMERGENCY_STACK]
    mov     sp, x1
    msr     spsel, #1
    mov     sp, x0

    ldr     x1, [x0, #HANDOVER_MEMORY_ATTRIBUTES]
    msr     mair_el1, x1
    ldr     x1, [x0, #HANDOVER_TRANSLATION_CONTROL]
    msr     tcr_el1, x1
    ldr     x1, [x0, #HANDOVER_TABLES]
    msr     ttbr0_el1, x1
    ldr     x1, [x0, #HANDOVER_SYSTEM_CONTROL]
    isb
    tlbi    vmalle1
    ic      iallu
    dsb     nsh
    isb
    msr     sctlr_el1, x1
    isb
    mov     x29, #0                     // ends the chain of frame records
    mov     x30, #0
    bl      pegplan_aarch64_start_secondary     // does not return
    .size   pegplan_aarch64_secondary_entry, . - pegplan_aarch64_secondary_entry

// Where the first switch to a context returns to, masked. x19: the entry function, x20: its argument, x29: 0, which
// ends the chain of frame records. The call leaves a return address in here, so that a stack trace names this place.
    .section .text.pegplan_aarch64_thread_begin_among_cpus, "ax"
    .global pegplan_aarch64_thread_begin_among_cpus
    .type   pegplan_aarch64_thread_begin_among_cpus, %function
pegplan_aarch64_thread_begin_among_cpus:
    bl      pegplan_thread_begins
    mov     x0, x20
    msr     daifclr, #2
    blr     x19
    brk     #0                  // the entry function never returns
    .size   pegplan_aarch64_thread_begin_among_cpus, . - pegplan_aarch64_thread_begin_among_cpus
