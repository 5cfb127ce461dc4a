# What the x86_64 port adds to the build. Included behind the generated pegplan.cmake, whose CONFIG_ variables it may ask.
set(PEGPLAN_ARCH_SOURCES
    arch/x86_64/boot.S
    arch/x86_64/clock.cpp
    arch/x86_64/descriptors.cpp
    arch/x86_64/entropy.cpp
    arch/x86_64/faults.cpp
    arch/x86_64/fp_lazy.cpp
    arch/x86_64/interrupts.cpp
    arch/x86_64/registers.cpp
    arch/x86_64/start.cpp
    arch/x86_64/switch.S
    arch/x86_64/trap.S)

if(CONFIG_SMP)
    list(APPEND PEGPLAN_ARCH_SOURCES arch/x86_64/secondary.S arch/x86_64/secondary.cpp)
endif()

# Interrupts are taken on the stack of whatever runs, so nothing may live below the stack pointer.
set(PEGPLAN_ARCH_OPTIONS -march=x86-64 -mcmodel=small -mno-red-zone -fcf-protection=none)

# The kernel leaves the floating-point and vector registers to the threads.
set(PEGPLAN_KERNEL_OPTIONS -mgeneral-regs-only)

set(PEGPLAN_APP_OPTIONS)
if(CONFIG_FP_NONE)
    list(APPEND PEGPLAN_APP_OPTIONS -mgeneral-regs-only)
endif()

if(CONFIG_STACK_CANARIES)
    list(APPEND PEGPLAN_ARCH_OPTIONS -mstack-protector-guard=global)
endif()

set(PEGPLAN_LINK_OPTIONS)
