// From the loader to C++.

    // CurrentEL
    .equ    CURRENT_EL_EL1, 1 << 2
    .equ    CURRENT_EL_EL2, 2 << 2

    // SCTLR_EL1: the bits that are one in Armv8.0; MMU and caches off
    .equ    SCTLR_EL1_OFF, 0x30d00800

    // HCR_EL2: EL1 is AArch64; pointer authentication is EL1's own affair
    .equ    HCR_EL2_RW_SHIFT, 31
    .equ    HCR_EL2_APK_API_SHIFT, 40
    // CPTR_EL2: the bits that are one in Armv8.0, of which later extensions have made "SVE and SME trap"
    .equ    CPTR_EL2_RES1, 0x33ff
    // CNTHCTL_EL2: EL1 may use the physical counter and timer
    .equ    CNTHCTL_EL2_EL1_ACCESS, 3
    // MDCR_EL2.HPMN: how many event counters EL1 has; the rest of the register are traps
    .equ    MDCR_EL2_HPMN_BITS, 5
    // ID_AA64PFR0_EL1.GIC: the CPU interface of the interrupt controller has system registers
    .equ    ID_AA64PFR0_GIC_SHIFT, 24
    .equ    ID_AA64PFR0_GIC_BITS, 4
    // ICC_SRE_EL2: use them, and let EL1 choose
    .equ    ICC_SRE_EL2_SRE_ENABLE, 1 | 1 << 3
    // SPSR_EL2: EL1 on SP_EL1, everything masked
    .equ    SPSR_EL1H_MASKED, 0x3c5

    .equ    BSS_BLOCK, 64                       // what one round of the loop zeroes

    .equ    STACK_ALIGNMENT, 16
    .equ    BOOT_STACK_SIZE, 4096
    .equ    EMERGENCY_STACK_SIZE, 4096

    .section .text.boot, "ax"

// Entered by the loader at EL1 or EL2, MMU off, this CPU alone. No register is expected to hold anything.
    .global pegplan_boot
    .type   pegplan_boot, %function
pegplan_boot:
    msr     daifset, #0xf
    mrs     x0, CurrentEL
    cmp     x0, #CURRENT_EL_EL1
    b.eq    at_el1
    cmp     x0, #CURRENT_EL_EL2
    b.ne    park

// At EL2, masked: hands the machine to EL1, without traps and without an offset between the counters.
    mov     x0, #1 << HCR_EL2_RW_SHIFT
    orr     x0, x0, #3 << HCR_EL2_APK_API_SHIFT
    msr     hcr_el2, x0
    isb                                 // the layout of CPTR_EL2 depends on HCR_EL2.E2H
    mov     x0, #CPTR_EL2_RES1
    msr     cptr_el2, x0
    msr     hstr_el2, xzr
    msr     vttbr_el2, xzr
    mrs     x0, mdcr_el2
    and     x0, x0, #(1 << MDCR_EL2_HPMN_BITS) - 1
    msr     mdcr_el2, x0
    mov     x0, #CNTHCTL_EL2_EL1_ACCESS
    msr     cnthctl_el2, x0
    msr     cntvoff_el2, xzr
    mrs     x0, midr_el1
    msr     vpidr_el2, x0
    mrs     x0, mpidr_el1
    msr     vmpidr_el2, x0
    mrs     x0, id_aa64pfr0_el1
    ubfx    x0, x0, #ID_AA64PFR0_GIC_SHIFT, #ID_AA64PFR0_GIC_BITS
    cbz     x0, 1f
    mrs     x0, icc_sre_el2
    mov     x1, #ICC_SRE_EL2_SRE_ENABLE
    orr     x0, x0, x1
    msr     icc_sre_el2, x0
    isb                                 // before that there is no ICH_HCR_EL2
    msr     ich_hcr_el2, xzr
1:  ldr     x0, =SCTLR_EL1_OFF
    msr     sctlr_el1, x0
    mov     x0, #SPSR_EL1H_MASKED
    msr     spsr_el2, x0
    adr     x0, at_el1
    msr     elr_el2, x0
    eret

// At EL1, masked, MMU off or unknown.
at_el1:
    msr     spsel, #0
    adrp    x0, emergency_stack_end
    add     x0, x0, :lo12:emergency_stack_end
    mov     sp, x0
    msr     spsel, #1
    adrp    x0, pegplan_aarch64_boot_stack_end
    add     x0, x0, :lo12:pegplan_aarch64_boot_stack_end
    mov     sp, x0
    ldr     x0, =SCTLR_EL1_OFF
    msr     sctlr_el1, x0
    isb
    mov     x29, #0                     // ends the chain of frame records
    mov     x30, #0
    bl      pegplan_aarch64_map_memory  // returns with MMU and caches on

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

// At an exception level at which nothing here can run.
park:
    wfe
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
