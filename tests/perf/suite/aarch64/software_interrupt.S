// The vector table while the bench runs: `svc` of a thread is the bench's interrupt, and everything else is for the kernel's own
// table. What is saved is what arch/aarch64/vectors.S saves.
#include "arch/aarch64/frames.h"
#include "arch/aarch64/interrupt_frame.inc"

    .equ    ENTRY_ALIGNMENT, 128
    .equ    SYNCHRONOUS, 0x200      // of a thread
    .equ    ESR_CLASS_SVC, 0x15

// Goes on at the kernel's own entry. x18 belongs to nobody.
.macro go_on_at offset
    adrp    x18, bench_kernel_vectors
    ldr     x18, [x18, :lo12:bench_kernel_vectors]
    add     x18, x18, #\offset
    br      x18
.endm

.macro restore_and_free
    ldr     x30, [sp, #FRAME_X30]
    restore_x0_to_x17 FRAME_SIZE
.endm

    .section .text.bench_vectors, "ax"
    .balign 2048
    .global bench_vectors
bench_vectors:
    .set    offset, 0
    .rept   16
    .balign ENTRY_ALIGNMENT
    .if offset == SYNCHRONOUS
    // Masked, all registers live, on the thread's stack.
    save_x0_to_x17 FRAME_SIZE
    str     x30, [sp, #FRAME_X30]
    mrs     x0, esr_el1
    lsr     x0, x0, #ESR_CLASS_SHIFT
    cmp     x0, #ESR_CLASS_SVC
    b.ne    not_ours
    bl      bench_interrupt
    restore_and_free
    eret
    .else
    go_on_at offset
    .endif
    .set    offset, offset + ENTRY_ALIGNMENT
    .endr

not_ours:
    restore_and_free
    go_on_at SYNCHRONOUS
