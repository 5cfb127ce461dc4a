// The vector tables, interrupt entry and exit, and the entry of faults.
//
// A table has 16 entries of 32 instructions: four kinds of exceptions (synchronous, IRQ, FIQ, SError) from each of four
// places (EL1 on SP_EL0, EL1 on SP_EL1, EL0 in AArch64, EL0 in AArch32). Threads and interrupt handlers run at EL1 on
// SP_EL1. SP_EL0 is the emergency stack: every fault is reported on it, so that one of a thread whose stack pointer
// leads nowhere can be told as well; a fault from there is a fault in the report.
//
// There is one table for each way in which the menu can want it. Boot installs one; the linker drops the others.
#include "arch/aarch64/frames.h"
#include "arch/aarch64/interrupt_frame.inc"

    .equ    VECTOR_ALIGNMENT, 2048
    .equ    ENTRY_ALIGNMENT, 128
    .equ    VECTOR_SYNCHRONOUS, 4       // of a thread

// IRQ from a thread: masked, all registers live, on the thread's stack.
.macro interrupt_entry
    .balign ENTRY_ALIGNMENT
    save_x0_to_x17 FRAME_SIZE
    str     x30, [sp, #FRAME_X30]
    bl      pegplan_aarch64_interrupt
    ldr     x30, [sp, #FRAME_X30]
    restore_x0_to_x17 FRAME_SIZE
    eret
.endm

// The same, with a frame record.
.macro interrupt_entry_with_record
    .balign ENTRY_ALIGNMENT
    save_x0_to_x17 FRAME_SIZE_WITH_RECORD
    mrs     x0, elr_el1
    stp     x30, x29, [sp, #FRAME_X30]
    str     x0, [sp, #FRAME_RECORD + 8]
    add     x29, sp, #FRAME_RECORD
    bl      pegplan_aarch64_interrupt
    ldp     x30, x29, [sp, #FRAME_X30]
    restore_x0_to_x17 FRAME_SIZE_WITH_RECORD
    eret
.endm

// Anything that ends the machine: masked, all registers live, on SP_EL1 of any value, or on SP_EL0 if the report of a
// fault has faulted. `\vector` tells the C++ code which entry it was.
.macro fault_entry vector
    .balign ENTRY_ALIGNMENT
    msr     spsel, #0
    sub     sp, sp, #TRAP_FRAME_SIZE
    stp     x0, x1, [sp, #TRAP_FRAME_X0]
    mov     x0, #\vector
    b       save_and_report
.endm

// Synchronous exception of a thread, FP_LAZY: masked, all registers live. A use of the floating-point unit is none of
// the thread's business; anything else is a fault. TPIDRRO_EL0 holds x0 meanwhile, since the stack may be the fault.
.macro fault_or_fp_access_entry vector
    .balign ENTRY_ALIGNMENT
    msr     tpidrro_el0, x0
    mrs     x0, esr_el1
    lsr     x0, x0, #ESR_CLASS_SHIFT
    cmp     x0, #ESR_CLASS_FP_ACCESS
    mrs     x0, tpidrro_el0
    b.eq    take_over_fp
    msr     spsel, #0
    sub     sp, sp, #TRAP_FRAME_SIZE
    stp     x0, x1, [sp, #TRAP_FRAME_X0]
    mov     x0, #\vector
    b       save_and_report
.endm

.macro vector_table name, interrupt, synchronous
    .section .text.hot.\name, "ax"
    .balign VECTOR_ALIGNMENT
    .global \name
\name:
    fault_entry 0               // EL1, SP_EL0: a fault during the report of a fault
    fault_entry 1
    fault_entry 2
    fault_entry 3
    \synchronous VECTOR_SYNCHRONOUS     // EL1, SP_EL1
    \interrupt
    fault_entry 6
    fault_entry 7
    fault_entry 8               // EL0, AArch64
    fault_entry 9
    fault_entry 10
    fault_entry 11
    fault_entry 12              // EL0, AArch32
    fault_entry 13
    fault_entry 14
    fault_entry 15
.endm

    vector_table pegplan_aarch64_vectors, interrupt_entry, fault_entry
    vector_table pegplan_aarch64_vectors_record, interrupt_entry_with_record, fault_entry
    vector_table pegplan_aarch64_vectors_lazy, interrupt_entry, fault_or_fp_access_entry
    vector_table pegplan_aarch64_vectors_lazy_record, interrupt_entry_with_record, fault_or_fp_access_entry

// From fault_entry: masked, on the emergency stack, where x0 and x1 lie in a TrapFrame; x0: the vector.
    .section .text.pegplan_aarch64_save_and_report, "ax"
save_and_report:
    stp     x2, x3, [sp, #TRAP_FRAME_X0 + 16]
    stp     x4, x5, [sp, #TRAP_FRAME_X0 + 32]
    stp     x6, x7, [sp, #TRAP_FRAME_X0 + 48]
    stp     x8, x9, [sp, #TRAP_FRAME_X0 + 64]
    stp     x10, x11, [sp, #TRAP_FRAME_X0 + 80]
    stp     x12, x13, [sp, #TRAP_FRAME_X0 + 96]
    stp     x14, x15, [sp, #TRAP_FRAME_X0 + 112]
    stp     x16, x17, [sp, #TRAP_FRAME_X0 + 128]
    stp     x18, x19, [sp, #TRAP_FRAME_X0 + 144]
    stp     x20, x21, [sp, #TRAP_FRAME_X0 + 160]
    stp     x22, x23, [sp, #TRAP_FRAME_X0 + 176]
    stp     x24, x25, [sp, #TRAP_FRAME_X0 + 192]
    stp     x26, x27, [sp, #TRAP_FRAME_X0 + 208]
    stp     x28, x29, [sp, #TRAP_FRAME_X0 + 224]
    msr     spsel, #1           // the only way to read SP_EL1 at EL1
    mov     x2, sp
    msr     spsel, #0
    stp     x30, x2, [sp, #TRAP_FRAME_X30]
    mrs     x2, elr_el1
    mrs     x3, spsr_el1
    stp     x2, x3, [sp, #TRAP_FRAME_ELR]
    mrs     x2, esr_el1
    mrs     x3, far_el1
    stp     x2, x3, [sp, #TRAP_FRAME_ESR]
    mov     x1, x0
    mov     x0, sp
    mov     x29, #0
    bl      pegplan_aarch64_fault       // (const TrapFrame&, vector); does not return

// From fault_or_fp_access_entry: masked, all registers live, on the stack of a thread that has used the floating-point
// unit and does not own it. Tries the instruction again, or goes to the report if the context must not use the unit.
    .section .text.hot.pegplan_aarch64_take_over_fp, "ax"
take_over_fp:
    save_x0_to_x17 FRAME_SIZE
    str     x30, [sp, #FRAME_X30]
    bl      pegplan_aarch64_fp_trap
    tbz     w0, #0, 1f
    ldr     x30, [sp, #FRAME_X30]
    restore_x0_to_x17 FRAME_SIZE
    eret
1:  ldr     x30, [sp, #FRAME_X30]
    restore_x0_to_x17 FRAME_SIZE
    msr     spsel, #0
    sub     sp, sp, #TRAP_FRAME_SIZE
    stp     x0, x1, [sp, #TRAP_FRAME_X0]
    mov     x0, #VECTOR_SYNCHRONOUS
    b       save_and_report

// void pegplan_aarch64_capture(TrapFrame*)
// Called from C++ in any state. x0: where to. Saves x0 to x30 and SP as they are, and touches nothing else.
    .section .text.pegplan_aarch64_capture, "ax"
    .global pegplan_aarch64_capture
    .type   pegplan_aarch64_capture, %function
pegplan_aarch64_capture:
    stp     x0, x1, [x0, #TRAP_FRAME_X0]
    stp     x2, x3, [x0, #TRAP_FRAME_X0 + 16]
    stp     x4, x5, [x0, #TRAP_FRAME_X0 + 32]
    stp     x6, x7, [x0, #TRAP_FRAME_X0 + 48]
    stp     x8, x9, [x0, #TRAP_FRAME_X0 + 64]
    stp     x10, x11, [x0, #TRAP_FRAME_X0 + 80]
    stp     x12, x13, [x0, #TRAP_FRAME_X0 + 96]
    stp     x14, x15, [x0, #TRAP_FRAME_X0 + 112]
    stp     x16, x17, [x0, #TRAP_FRAME_X0 + 128]
    stp     x18, x19, [x0, #TRAP_FRAME_X0 + 144]
    stp     x20, x21, [x0, #TRAP_FRAME_X0 + 160]
    stp     x22, x23, [x0, #TRAP_FRAME_X0 + 176]
    stp     x24, x25, [x0, #TRAP_FRAME_X0 + 192]
    stp     x26, x27, [x0, #TRAP_FRAME_X0 + 208]
    stp     x28, x29, [x0, #TRAP_FRAME_X0 + 224]
    mov     x1, sp
    stp     x30, x1, [x0, #TRAP_FRAME_X30]
    ldr     x1, [x0, #TRAP_FRAME_X0 + 8]
    ret
    .size   pegplan_aarch64_capture, . - pegplan_aarch64_capture
