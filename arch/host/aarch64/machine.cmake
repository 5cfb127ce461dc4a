# Options for aarch64. Atomic operations are instructions of the image, not calls of a library.
list(APPEND PEGPLAN_ARCH_OPTIONS -mno-outline-atomics)
if(CONFIG_STACK_CANARIES)
    list(APPEND PEGPLAN_ARCH_OPTIONS -mstack-protector-guard=global)
endif()
