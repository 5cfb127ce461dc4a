# Options for x86_64.
list(APPEND PEGPLAN_ARCH_OPTIONS -fcf-protection=none)
if(CONFIG_STACK_CANARIES)
    list(APPEND PEGPLAN_ARCH_OPTIONS -mstack-protector-guard=global)
endif()
