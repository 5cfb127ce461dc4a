# Sources and compiler options of the aarch64 port.
set(PEGPLAN_ARCH_SOURCES
    arch/aarch64/boot.S
    arch/aarch64/boot.cpp
    arch/aarch64/floating_point.S
    arch/aarch64/floating_point.cpp
    arch/aarch64/interrupt.cpp
    arch/aarch64/port.cpp
    arch/aarch64/switch.S
    arch/aarch64/trap.cpp
    arch/aarch64/vectors.S
)
if(CONFIG_SMP)
    list(APPEND PEGPLAN_ARCH_SOURCES arch/aarch64/many_cpus.cpp arch/aarch64/secondary.S)
endif()

# Armv8.0 runs everywhere. x18 belongs to nobody: interrupts need not save it, and a shadow call stack may have it.
# Atomics are inline: the outline ones live in a library that a freestanding image lacks.
set(PEGPLAN_ARCH_OPTIONS -march=armv8-a -ffixed-x18 -mno-outline-atomics -mbranch-protection=none)

# Threads own the floating-point unit. Boot code runs before the MMU is on, when unaligned accesses fault.
set(PEGPLAN_KERNEL_OPTIONS -mgeneral-regs-only -mstrict-align)

set(PEGPLAN_APP_OPTIONS)
if(CONFIG_FP_NONE)
    list(APPEND PEGPLAN_APP_OPTIONS -mgeneral-regs-only)
endif()

if(CONFIG_STACK_CANARIES)
    list(APPEND PEGPLAN_ARCH_OPTIONS -mstack-protector-guard=global)
endif()

set(PEGPLAN_LINK_OPTIONS)
