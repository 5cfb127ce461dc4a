// Where the CPUs begin that another one has started, and what else there is in assembly where there are several.

    .set cr0_protection, 0x1
    .set cr0_long_mode, 0x80010033      // as in boot.S
    .set cr4_pae, 0x20
    .set msr_efer, 0xc0000080
    .set efer_long_mode, 0x100
    .set efer_no_execute, 0x800         // the kernel's tables have that bit set in entries
    .set leaf_features, 1
    .set features_ebx_apic_id_shift, 24

    .set code_selector, 0x08            // in pegplan_gdt (descriptors.cpp)
    .set data_selector, 0x10
    .set startup_descriptors, 3         // those of it that are the same for all CPUs
    .set code_32_selector, 0x08         // in gdt_32
    .set data_32_selector, 0x10

// ---- real mode ------------------------------------------------------------------------------------------------------

    // Copied by secondary.cpp to the start-up page and entered there, at offset 0, by the message that starts a CPU:
    // masked, with CS the page's segment. Live: nothing. No page of it is executed with paging on, so it is in nobody's
    // map.
    .section .rodata.pegplan_startup_code, "a", @progbits
    .code16
    .globl pegplan_startup_code, pegplan_startup_code_end
pegplan_startup_code:
    cli
    mov %cs, %ax
    mov %ax, %ds
    lgdtl gdt_32_pointer - pegplan_startup_code
    mov %cr0, %eax
    or $cr0_protection, %eax
    mov %eax, %cr0
    ljmpl $code_32_selector, $secondary_32_bit

    .balign 4
gdt_32_pointer:
    .word gdt_32_end - gdt_32 - 1
    .long gdt_32
pegplan_startup_code_end:

    .section .rodata.pegplan_startup_tables, "a", @progbits
    .balign 8
gdt_32:
    .quad 0
    .quad 0x00cf9b000000ffff            // code, flat, 32 bits, accessed
    .quad 0x00cf93000000ffff            // data, flat, writable, accessed
gdt_32_end:

startup_gdt_pointer:
    .word startup_descriptors * 8 - 1
    .long pegplan_gdt

// ---- 32-bit mode ----------------------------------------------------------------------------------------------------

    // Entered from above, masked, at the kernel's own address, which paging does not change. Live: nothing.
    .section .text.pegplan_secondary, "ax"
    .code32
secondary_32_bit:
    mov $data_32_selector, %eax
    mov %eax, %ds

    // There is one stack, for the CPU that is called. One that has been started late, by a message of an attempt that
    // was given up, waits for the next one: where INIT and STARTUP have overtaken each other, it will not be started
    // again.
    mov $leaf_features, %eax
    cpuid
    shr $features_ebx_apic_id_shift, %ebx
    inc %ebx
wait_for_call:
    pause
    cmp %ebx, pegplan_startup_call
    jne wait_for_call

    mov $cr4_pae, %eax
    mov %eax, %cr4
    mov pegplan_startup_page_tables, %eax
    mov %eax, %cr3
    mov $msr_efer, %ecx
    rdmsr
    or $(efer_long_mode | efer_no_execute), %eax
    wrmsr
    mov $cr0_long_mode, %eax
    mov %eax, %cr0
    lgdt startup_gdt_pointer
    ljmp $code_selector, $secondary_64_bit

// ---- 64-bit mode ----------------------------------------------------------------------------------------------------

    // Entered from above, masked. Live: nothing.
    .code64
secondary_64_bit:
    mov $data_selector, %eax
    mov %eax, %ss
    mov %eax, %ds
    mov %eax, %es
    xor %eax, %eax
    mov %eax, %fs
    mov %eax, %gs
    mov pegplan_startup_stack, %rsp
    xor %ebp, %ebp                      // stack traces end here
    call pegplan_arch_start_secondary
    ud2

// ---- threads --------------------------------------------------------------------------------------------------------

    // Entered by the first switch to a context, masked, in place of pegplan_thread_entry (switch.S), which it goes on
    // to. Live: rsp, as there, and so aligned for the call.
    .section .text.pegplan_smp_thread_entry, "ax"
    .globl pegplan_smp_thread_entry
pegplan_smp_thread_entry:
    xor %ebp, %ebp                      // stack traces end here
    call pegplan_thread_begins
    jmp pegplan_thread_entry

    .section .note.GNU-stack, "", @progbits
