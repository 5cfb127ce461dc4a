// From the loader to C++. A loader that knows PVH (QEMU's `-kernel`) finds the entry's address in an ELF note; one
// that knows Multiboot2 (GRUB) finds a header and enters where the ELF file says, which is the same place. Both do so
// in 32-bit mode. Here the CPU gets to 64-bit mode with tables that map as much memory as the image takes; C++ then
// makes the final ones (start.cpp).
    .set page_size, 4096
    .set block_size, 0x200000           // what an entry of the lowest of the three tables maps
    .set entry_size, 8
    .set entry_table, 0x3               // present, writable
    .set entry_block, 0x83              // present, writable, a block

    .set code_selector, 0x08            // in pegplan_gdt (descriptors.cpp)
    .set data_selector, 0x10
    .set boot_descriptors, 3

    .set cr0_long_mode, 0x80010033      // paging, write protection, native FP errors, extension type, MP, protection
    .set cr4_pae, 0x20
    .set msr_efer, 0xc0000080
    .set efer_long_mode_bit, 8

    // The boot stack stays in use as the idle thread's: room for an interrupt that preempts it, with all of the
    // floating-point state, or for the report of a fault in that interrupt.
    .set boot_stack_size, 6144

// ---- the note -------------------------------------------------------------------------------------------------------

    .set note_pvh_entry, 18             // XEN_ELFNOTE_PHYS32_ENTRY

    .section .note.Xen, "a", @note
    .balign 4
    .long name_end - name
    .long entry_end - entry
    .long note_pvh_entry
name:
    .asciz "Xen"
name_end:
    .balign 4
entry:
    .quad pegplan_boot
entry_end:

// ---- the header -----------------------------------------------------------------------------------------------------

    .set multiboot2_magic, 0xe85250d6
    .set multiboot2_i386, 0
    .set multiboot2_end_size, 8

    .section .text.boot.header, "ax"    // in the first 32 KiB of the file, where it is looked for: in front of all text
    .balign 8
header:
    .long multiboot2_magic
    .long multiboot2_i386
    .long header_end - header
    .long -(multiboot2_magic + multiboot2_i386 + (header_end - header))
    .short 0, 0                         // a list of wishes that is empty: its end
    .long multiboot2_end_size
header_end:

// ---- 32-bit mode ----------------------------------------------------------------------------------------------------

    // Entered by the loader: protected mode with flat segments, no paging, interrupts masked, no stack.
    // Live: nothing (ebx points to what the loader tells of memory, which the board file makes needless).
    .section .text.boot, "ax"
    .code32
    .globl pegplan_boot
pegplan_boot:
    cld
    // The tables lie in memory that nobody uses before the kernel runs: the start of the arena.
    mov $__arena_start, %ebx
    mov %ebx, %edi
    xor %eax, %eax
    mov $(3 * page_size / 4), %ecx
    rep stosl

    lea (page_size + entry_table)(%ebx), %eax
    mov %eax, (%ebx)
    add $page_size, %eax
    mov %eax, page_size(%ebx)

    lea (2 * page_size)(%ebx), %edi     // one block after the other, up to the end of the tables themselves
    mov $entry_block, %eax
map_next_block:
    mov %eax, (%edi)
    add $entry_size, %edi
    add $block_size, %eax
    cmp $(__arena_start + 3 * page_size + entry_block), %eax
    jb map_next_block

    mov $cr4_pae, %eax
    mov %eax, %cr4
    mov %ebx, %cr3
    mov $msr_efer, %ecx
    rdmsr
    bts $efer_long_mode_bit, %eax
    wrmsr
    mov $cr0_long_mode, %eax
    mov %eax, %cr0
    lgdt boot_gdt_pointer
    ljmp $code_selector, $boot_64_bit

boot_gdt_pointer:
    .word boot_descriptors * 8 - 1
    .long pegplan_gdt

// ---- 64-bit mode ----------------------------------------------------------------------------------------------------

    // Entered from above, masked. Live: nothing.
    .code64
boot_64_bit:
    mov $data_selector, %eax
    mov %eax, %ss
    mov %eax, %ds
    mov %eax, %es
    xor %eax, %eax
    mov %eax, %fs
    mov %eax, %gs
    mov $boot_stack_end, %esp

    mov $__bss_start, %edi
    mov $__bss_end, %ecx
    sub %edi, %ecx
    shr $3, %ecx
    rep stosq

    xor %ebp, %ebp                      // stack traces end here
    call pegplan_arch_start
    ud2

    .section .noinit, "aw", @nobits
    .balign 16
    .skip boot_stack_size
boot_stack_end:

    .section .note.GNU-stack, "", @progbits
