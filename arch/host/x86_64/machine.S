// The port's code that cannot be C++: the process's entry, the first step of a context, the end of a signal handler.

#include <asm/unistd.h>

    // Entered by Linux or the dynamic linker. Live: rsp points to the argument count, the arguments and the environment;
    // rdx is what the dynamic linker wants called at the end. This is the image's entry in place of the C library's, which
    // would call main() at once: main is the first thread's.
    .text
    .globl pegplan_boot
    .type pegplan_boot, @function
pegplan_boot:
    xor %ebp, %ebp                      // stack traces end here
    mov %rdx, %r9
    mov (%rsp), %rsi
    lea 8(%rsp), %rdx
    and $-16, %rsp
    push %rax                           // keeps the stack aligned
    push %rsp                           // the seventh argument: the end of the stack
    xor %r8d, %r8d                      // no initialisers and
    xor %ecx, %ecx                      // finalisers besides those that the dynamic linker knows
    mov $pegplan_host_main, %edi
    call *__libc_start_main@GOTPCREL(%rip)
    ud2
    .size pegplan_boot, . - pegplan_boot

    // Entered by the first switch to a context, masked. Live: rsp, which points to what init_machine_context left there:
    // the entry, its argument. Goes on to the entry, unmasked.
    .globl pegplan_context_start
    .type pegplan_context_start, @function
pegplan_context_start:
    xor %ebp, %ebp                      // stack traces end here
    call pegplan_context_begin
    pop %rax
    pop %rdi
    push $0                             // to where the entry would return
    jmp *%rax
    .size pegplan_context_start, . - pegplan_context_start

    // Entered by the return of a signal handler. Live: rsp, which points to the signal's frame. In the handler's section.
    .section pegplan_handler, "ax", @progbits
    .globl pegplan_signal_return
    .type pegplan_signal_return, @function
pegplan_signal_return:
    mov $__NR_rt_sigreturn, %rax
    syscall
    .size pegplan_signal_return, . - pegplan_signal_return

    .section .note.GNU-stack, "", @progbits
