// From the loader to C++.

#include "arch/aarch64/frames.h"
#include "arch/aarch64/leave_el2.inc"
#include "arch/aarch64/leave_el3.inc"

    .equ    BSS_BLOCK, 64                       // what one round of the loop zeroes

    .equ    STACK_ALIGNMENT, 16
    .equ    BOOT_STACK_SIZE, 4096

    .section .text.boot, "ax"

// Entered by the loader, MMU off: at EL1 or EL2 this CPU alone; at EL3, where nobody has run before who would have
// kept the others, possibly all CPUs at once. No register is expected to hold anything.
    .global pegplan_boot
    .type   pegplan_boot, %function
pegplan_boot:
    msr     daifset, #0xf
    mrs     x0, CurrentEL               // stays there until C++ is told
    cmp     x0, #CURRENT_EL_EL1
    b.eq    at_el1
    cmp     x0, #CURRENT_EL_EL2
    b.ne    at_el3

    leave_el2 at_el1

// At EL3, masked. x0: CurrentEL. One of the CPUs goes on: the first one of the board file.
at_el3:
    adrp    x1, pegplan_aarch64_first_affinity
    ldr     x1, [x1, :lo12:pegplan_aarch64_first_affinity]
    mrs     x2, mpidr_el1
    ldr     x3, =MPIDR_AFFINITY
    and     x2, x2, x3
    cmp     x1, x2
    b.ne    park
    leave_el3 at_el1

// At EL1, masked, MMU off or unknown. x0: CurrentEL as it was at the entry.
at_el1:
    msr     spsel, #0
    adrp    x1, emergency_stack_end
    add     x1, x1, :lo12:emergency_stack_end
    mov     sp, x1
    msr     spsel, #1
    adrp    x1, pegplan_aarch64_boot_stack_end
    add     x1, x1, :lo12:pegplan_aarch64_boot_stack_end
    mov     sp, x1
    ldr     x1, =SCTLR_EL1_OFF
    msr     sctlr_el1, x1
    isb
    mov     x29, #0                     // ends the chain of frame records
    mov     x30, #0
    bl      pegplan_aarch64_map_memory  // (CurrentEL); returns with MMU and caches on

    adrp    x0, __bss_start             // the linker script aligns both ends to 16 bytes
    add     x0, x0, :lo12:__bss_start
    adrp    x1, __bss_end
    add     x1, x1, :lo12:__bss_end
    sub     x2, x1, x0
    and     x2, x2, #-BSS_BLOCK
    add     x2, x2, x0                  // where the last whole block ends
    b       2f
1:  stp     xzr, xzr, [x0], #BSS_BLOCK
    stp     xzr, xzr, [x0, #16 - BSS_BLOCK]
    stp     xzr, xzr, [x0, #32 - BSS_BLOCK]
    stp     xzr, xzr, [x0, #48 - BSS_BLOCK]
2:  cmp     x0, x2
    b.lo    1b
    b       4f
3:  stp     xzr, xzr, [x0], #16
4:  cmp     x0, x1
    b.lo    3b
    bl      pegplan_aarch64_start       // does not return

// At EL3, masked: a CPU that nobody has asked for. No interrupt comes to it.
park:
    wfi
    b       park
    .size   pegplan_boot, . - pegplan_boot

// Not zeroed: in use before .bss is. The boot stack becomes the idle thread's.
    .section .noinit.stacks, "aw", %nobits
    .balign STACK_ALIGNMENT
    .global pegplan_aarch64_boot_stack
pegplan_aarch64_boot_stack:
    .space  BOOT_STACK_SIZE
    .global pegplan_aarch64_boot_stack_end
pegplan_aarch64_boot_stack_end:
    .space  EMERGENCY_STACK_SIZE
emergency_stack_end:
