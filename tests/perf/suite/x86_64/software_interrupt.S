// The entry of the bench's interrupt. The same steps as in arch/x86_64/trap.S.
    .section .text.bench_interrupt_entry, "ax"
    .balign 16
    .globl bench_interrupt_entry
    // Entered by the CPU, masked, on the interrupted stack. Live: everything.
bench_interrupt_entry:
    push %rax
    push %rcx
    push %rdx
    push %rsi
    push %rdi
    push %r8
    push %r9
    push %r10
    push %r11
    cld
    call bench_interrupt
    pop %r11
    pop %r10
    pop %r9
    pop %r8
    pop %rdi
    pop %rsi
    pop %rdx
    pop %rcx
    pop %rax
    iretq

    .section .note.GNU-stack, "", @progbits
