# Sources and compiler options of the riscv64 port.
set(PEGPLAN_ARCH_SOURCES
    arch/riscv64/bit_scan.cpp
    arch/riscv64/boot.S
    arch/riscv64/faults.cpp
    arch/riscv64/fp.S
    arch/riscv64/fp_lazy.cpp
    arch/riscv64/interrupts.cpp
    arch/riscv64/start.cpp
    arch/riscv64/sub_word_atomics.cpp
    arch/riscv64/switch.S
    arch/riscv64/trap.S
)

# What the assembly is told of the menu.
set(PEGPLAN_SMP 0)
if(CONFIG_SMP)
    set(PEGPLAN_SMP 1)
    list(APPEND PEGPLAN_ARCH_SOURCES arch/riscv64/smp.cpp)
endif()
foreach(source boot switch trap)
    set_property(SOURCE "${PEGPLAN_ROOT}/arch/riscv64/${source}.S" PROPERTY COMPILE_DEFINITIONS PEGPLAN_SMP=${PEGPLAN_SMP})
endforeach()

# The whole image has one floating-point ABI. The kernel's own code contains no floating-point instruction all the
# same: it has no floating-point types, and a test looks at the disassembly.
if(CONFIG_FP_NONE)
    set(PEGPLAN_ARCH_OPTIONS -march=rv64imac_zicsr -mabi=lp64 -isystem ${PEGPLAN_ROOT}/arch/riscv64/soft_float)
else()
    set(PEGPLAN_ARCH_OPTIONS -march=rv64gc -mabi=lp64d)
endif()
list(APPEND PEGPLAN_ARCH_OPTIONS -mcmodel=medany)

# The privilege level, for assembly (arch/riscv64/privilege.h): the port's own, and that of applications which enter as it does.
if(CONFIG_RISCV_MACHINE_MODE)
    list(APPEND PEGPLAN_ARCH_OPTIONS -DPEGPLAN_PRIVILEGE=3)
else()
    list(APPEND PEGPLAN_ARCH_OPTIONS -DPEGPLAN_PRIVILEGE=1)
endif()
set(PEGPLAN_KERNEL_OPTIONS)
set(PEGPLAN_APP_OPTIONS)
set(PEGPLAN_LINK_OPTIONS)

if(CONFIG_STACK_CANARIES)
    list(APPEND PEGPLAN_ARCH_OPTIONS -mstack-protector-guard=global)
endif()
