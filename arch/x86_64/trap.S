// Entries of all vectors. There is no user mode: every interrupt comes from the kernel's own segments, GS needs no
// exchange, and the CPU aligns the stack to 16 bytes before it pushes its frame of five words.
#include "arch/x86_64/interrupt_entry.inc"

    .set vector_count, 64               // vectors.hpp
    .set stub_size, 16                  // descriptors.cpp
    // The exceptions with which the CPU pushes an error code: 8, 10 to 14, 17, 21, 29, 30.
    .set error_code_vectors, 0x60227d00

// ---- exceptions, and interrupts that nobody expects ----------------------------------------------------------------

    // One entry for each vector, entered by the CPU, masked, on the interrupted stack or one of the exception stacks.
    // Live: everything.
    .section .text.pegplan_exception_stubs, "ax"
    .balign stub_size
    .globl pegplan_exception_stubs
pegplan_exception_stubs:
    .set vector, 0
    .rept vector_count
    .balign stub_size, 0xcc
    .if !((error_code_vectors >> vector) & 1)
    push $0
    .endif
    push $vector
    jmp exception
    .set vector, vector + 1
    .endr
    .org pegplan_exception_stubs + vector_count * stub_size, 0xcc    // an error if an entry is longer

    // Entered from above. Live: everything; on the stack: vector, error code, the CPU's frame.
    // Pushes the rest of struct ExceptionFrame (faults.cpp). 22 words in all, so the stack is aligned for the call.
exception:
    push %rax
    push %rcx
    push %rdx
    push %rbx
    push %rbp
    push %rsi
    push %rdi
    push %r8
    push %r9
    push %r10
    push %r11
    push %r12
    push %r13
    push %r14
    push %r15
    cld
    mov %rsp, %rdi
    call pegplan_exception
    ud2

// ---- interrupts -----------------------------------------------------------------------------------------------------

    interrupt pegplan_timer_entry, pegplan_timer_interrupt
    interrupt pegplan_ipi_entry, pegplan_ipi_interrupt
    interrupt pegplan_flush_entry, pegplan_flush_interrupt
    interrupt pegplan_device_not_available_entry, pegplan_device_not_available

    // Entered by the CPU, masked. Live: everything. A spurious interrupt is not acknowledged.
    .section .text.pegplan_spurious_entry, "ax"
    .globl pegplan_spurious_entry
pegplan_spurious_entry:
    iretq

    .section .note.GNU-stack, "", @progbits
