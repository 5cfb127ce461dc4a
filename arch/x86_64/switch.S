// Where a thread begins. The switch itself is inline, in Port::context_switch: whoever calls it then saves no register
// that holds nothing.

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

    .section .note.GNU-stack, "", @progbits
