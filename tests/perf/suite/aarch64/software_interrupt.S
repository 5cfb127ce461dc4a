// The vector table while the bench runs: `svc` of a thread is the bench's interrupt, and everything else is for the kernel's own
// table. The same steps as in arch/aarch64/vectors.S.
    .equ    FRAME_X30, 144
    .equ    FRAME_SIZE, 160
    .equ    ENTRY_ALIGNMENT, 128
    .equ    SYNCHRONOUS, 0x200      // of a thread
    .equ    ESR_CLASS_SHIFT, 26
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
    ldp     x16, x17, [sp, #128]
    ldp     x14, x15, [sp, #112]
    ldp     x12, x13, [sp, #96]
    ldp     x10, x11, [sp, #80]
    ldp     x8, x9, [sp, #64]
    ldp     x6, x7, [sp, #48]
    ldp     x4, x5, [sp, #32]
    ldp     x2, x3, [sp, #16]
    ldp     x0, x1, [sp], #FRAME_SIZE
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
    stp     x0, x1, [sp, #-FRAME_SIZE]!
    stp     x2, x3, [sp, #16]
    stp     x4, x5, [sp, #32]
    stp     x6, x7, [sp, #48]
    stp     x8, x9, [sp, #64]
    stp     x10, x11, [sp, #80]
    stp     x12, x13, [sp, #96]
    stp     x14, x15, [sp, #112]
    stp     x16, x17, [sp, #128]
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
