# Options for aarch64. Atomic operations are instructions of the image, not calls of a library.
list(APPEND PEGPLAN_ARCH_OPTIONS -mno-outline-atomics)
if(CONFIG_STACK_CANARIES)
    list(APPEND PEGPLAN_ARCH_OPTIONS -mstack-protector-guard=global)
endif()
# Where a thread finds what is thread_local (arch/host/as.in).
if(CONFIG_SMP)
    string(CONCAT PEGPLAN_THREAD_POINTER
           "s/\\bmrs[ \\t]+(x[0-9]+), *(tpidr_el0|TPIDR_EL0)/"
           "mrs \\1, s3_3_c13_c0_2; ldr \\1, [\\1, #:tprel_lo12:pegplan_thread_pointer]/")
endif()
