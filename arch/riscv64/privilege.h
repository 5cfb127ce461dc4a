// What assembly needs to know of the privilege mode. PEGPLAN_PRIVILEGE, its level, is 1 for S-mode and 3 for M-mode;
// the build defines it. See "arch/riscv64/csr.hpp" for what follows from the level.
#define CSR_STATUS (PEGPLAN_PRIVILEGE << 8 | 0x00)
#define CSR_INTERRUPT_ENABLE (PEGPLAN_PRIVILEGE << 8 | 0x04)
#define CSR_SCRATCH (PEGPLAN_PRIVILEGE << 8 | 0x40)
#define CSR_CAUSE (PEGPLAN_PRIVILEGE << 8 | 0x42)

#define STATUS_INTERRUPTS (1 << PEGPLAN_PRIVILEGE)

// The causes of the mode's software and timer interrupts, without the bit that marks interrupts.
#define CAUSE_SOFTWARE PEGPLAN_PRIVILEGE
#define CAUSE_TIMER (4 + PEGPLAN_PRIVILEGE)
