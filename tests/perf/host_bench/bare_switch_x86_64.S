// The bare switches for x86_64. Called from C++: rdi the context that is left, rsi the one that goes on.

.macro save_and_load
    push %rbp
    push %rbx
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, (%rdi)
    mov (%rsi), %rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbx
    pop %rbp
.endm

    .text
    .globl bench_switch_jump
    .type bench_switch_jump, @function
    .balign 16
bench_switch_jump:
    save_and_load
    pop %rcx
    jmp *%rcx
    .size bench_switch_jump, . - bench_switch_jump

    .globl bench_switch_return
    .type bench_switch_return, @function
    .balign 16
bench_switch_return:
    save_and_load
    ret
    .size bench_switch_return, . - bench_switch_return

    .section .rodata
    .balign 8
    .globl bench_switch_words
bench_switch_words:
    .quad 7
    .globl bench_switch_place
bench_switch_place:
    .quad 6

    .section .note.GNU-stack, "", @progbits
