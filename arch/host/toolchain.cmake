# The compiler for programs of this machine, or another one that the menu names.
set(CMAKE_SYSTEM_NAME Generic)

set(CMAKE_CXX_COMPILER ${CONFIG_HOST_COMPILER})
set(CMAKE_ASM_COMPILER ${CONFIG_HOST_COMPILER})

# The options are those of the configuration; CMake's trial programs would lack them.
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
