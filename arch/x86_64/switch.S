// Where a thread begins, and the end of a switch in images with thread_local objects. The switch itself is inline, in
// Port::context_switch: whoever calls it then saves no register that holds nothing.
#include "arch/x86_64/context.h"

    .set msr_fs_base, 0xc0000100

    // Entered by the first switch to a context, masked. Live: rsp, which points to what Port::context_init left
    // there: the argument, the entry.
    .section .text.pegplan_thread_entry, "ax"
    .globl pegplan_thread_entry
pegplan_thread_entry:
    pop %rdi
    pop %rax
    xor %ebp, %ebp                      // stack traces end here
    sti
    call *%rax
    ud2

    // What the jump at the end of a switch goes by: the distance in a context of the address that it goes to. The linker
    // script chooses, and calls the choice pegplan_switch.
    .globl pegplan_switch_plain, pegplan_switch_thread_local
    .set pegplan_switch_plain, CONTEXT_RESUME_AT
    .set pegplan_switch_thread_local, CONTEXT_LOAD_AND_RESUME_AT

    // Entered by the end of a switch, masked. Live: rsi, the context that goes on, and rsp. Goes on to where it was left.
    .section .text.pegplan_load_fs_base, "ax"
    .globl pegplan_load_fs_base
    .type pegplan_load_fs_base, @function
pegplan_load_fs_base:
    mov CONTEXT_THREAD_POINTER(%rsi), %rax
    wrfsbase %rax
    jmp *CONTEXT_RESUME_AT(%rsi)
    .size pegplan_load_fs_base, . - pegplan_load_fs_base

    // The same, for CPUs without that instruction.
    .section .text.pegplan_load_fs_base_register, "ax"
    .globl pegplan_load_fs_base_register
    .type pegplan_load_fs_base_register, @function
pegplan_load_fs_base_register:
    mov $msr_fs_base, %ecx
    mov CONTEXT_THREAD_POINTER(%rsi), %eax
    mov 4+CONTEXT_THREAD_POINTER(%rsi), %edx
    wrmsr
    jmp *CONTEXT_RESUME_AT(%rsi)
    .size pegplan_load_fs_base_register, . - pegplan_load_fs_base_register

    .section .note.GNU-stack, "", @progbits
