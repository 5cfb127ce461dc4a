# Options for x86_64.
list(APPEND PEGPLAN_ARCH_OPTIONS -fcf-protection=none)
if(CONFIG_STACK_CANARIES)
    list(APPEND PEGPLAN_ARCH_OPTIONS -mstack-protector-guard=global)
endif()
# What is thread_local is found through the thread pointer as a number in a register (arch/host/as.in).
if(CONFIG_SMP)
    list(APPEND PEGPLAN_ARCH_OPTIONS -mno-tls-direct-seg-refs)
    set(PEGPLAN_THREAD_POINTER "s/%fs:0,/%fs:pegplan_thread_pointer@tpoff,/")
endif()
