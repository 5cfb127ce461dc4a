// The bare switches for aarch64. Called from C++: x0 the context that is left, x1 the one that goes on.

.macro save_and_load
    sub sp, sp, #160
    stp x19, x20, [sp, #0]
    stp x21, x22, [sp, #16]
    stp x23, x24, [sp, #32]
    stp x25, x26, [sp, #48]
    stp x27, x28, [sp, #64]
    stp x29, x30, [sp, #80]
    stp d8, d9, [sp, #96]
    stp d10, d11, [sp, #112]
    stp d12, d13, [sp, #128]
    stp d14, d15, [sp, #144]
    mov x9, sp
    str x9, [x0]
    ldr x9, [x1]
    mov sp, x9
    ldp x19, x20, [sp, #0]
    ldp x21, x22, [sp, #16]
    ldp x23, x24, [sp, #32]
    ldp x25, x26, [sp, #48]
    ldp x27, x28, [sp, #64]
    ldp x29, x30, [sp, #80]
    ldp d8, d9, [sp, #96]
    ldp d10, d11, [sp, #112]
    ldp d12, d13, [sp, #128]
    ldp d14, d15, [sp, #144]
    add sp, sp, #160
.endm

    .text
    .globl bench_switch_jump
    .type bench_switch_jump, %function
bench_switch_jump:
    save_and_load
    br x30
    .size bench_switch_jump, . - bench_switch_jump

    .globl bench_switch_return
    .type bench_switch_return, %function
bench_switch_return:
    save_and_load
    ret
    .size bench_switch_return, . - bench_switch_return

    .section .rodata
    .balign 8
    .globl bench_switch_words
bench_switch_words:
    .quad 20
    .globl bench_switch_place
bench_switch_place:
    .quad 11

    .section .note.GNU-stack, "", %progbits
