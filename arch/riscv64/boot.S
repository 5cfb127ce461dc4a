// The image's first instructions, and those of the CPUs that it starts.

#include "arch/riscv64/frame.h"
#include "arch/riscv64/privilege.h"

#define BOOT_STACK_SIZE 4096

    .section .text.boot, "ax"
    .globl pegplan_boot
    .type pegplan_boot, @function
// Masked, without address translation. In S-mode entered by the firmware: a0 the hart, a1 the device tree; only one hart is
// running. In M-mode entered at reset, by all harts at once.
pegplan_boot:
    csrw CSR_INTERRUPT_ENABLE, zero
.if PEGPLAN_PRIVILEGE == 3
    csrr a0, mhartid
    .option push
    .option norelax            // gp is nothing yet
    ld t0, pegplan_riscv64_first_hart
    .option pop
    bne a0, t0, pegplan_park
.endif
.if PEGPLAN_SMP                // gp is the running thread's; while nobody names the global pointer, there is none
    li gp, 0
.else
    .option push
    .option norelax
    la gp, __global_pointer$
    .option pop
.endif
    li tp, 0
    la sp, pegplan_boot_stack_top
    la t0, __bss_start
    la t1, __bss_end
1:  bgeu t0, t1, 2f
    sd zero, 0(t0)
    addi t0, t0, 8
    j 1b
2:  li s0, 0                // stack traces end here
    li ra, 0
    tail pegplan_arch_start
.if PEGPLAN_PRIVILEGE == 3
// A hart that nobody has asked for: no interrupt ends its wait.
pegplan_park:
    wfi
    j pegplan_park
.endif
    .size pegplan_boot, . - pegplan_boot

.if PEGPLAN_SMP
    .section .text.pegplan_secondary_boot, "ax"
    .globl pegplan_secondary_boot
    .type pegplan_secondary_boot, @function
// Entered by the firmware in S-mode, masked, without address translation: a0 the hart, a1 what Port::start_cpu has put on the
// stack that the hart gets.
pegplan_secondary_boot:
    csrw CSR_INTERRUPT_ENABLE, zero
    mv sp, a1
    ld gp, START_CURRENT(a1)
    li tp, 0
    mv a0, a1
    li s0, 0                // stack traces end here
    li ra, 0
    tail pegplan_secondary_start
    .size pegplan_secondary_boot, . - pegplan_secondary_boot
.endif

// The boot stack, which becomes the idle thread's: room for the set-up of page tables, later for one interrupt.
    .section .noinit, "aw", @nobits
    .balign 16
    .space BOOT_STACK_SIZE
pegplan_boot_stack_top:
