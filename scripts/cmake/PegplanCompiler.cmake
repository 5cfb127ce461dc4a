# Chooses the compiler for PEGPLAN_ARCH, and keeps CMake from adding flags of its own: the options of an image come from
# its configuration, and are the same on every machine.

set(pegplan_toolchain "${PEGPLAN_ROOT}/arch/${PEGPLAN_ARCH}/toolchain.cmake")
string(FIND "${CMAKE_TOOLCHAIN_FILE}" "${PEGPLAN_ROOT}/arch/" pegplan_position)
if(pegplan_position EQUAL 0 AND NOT CMAKE_TOOLCHAIN_FILE STREQUAL pegplan_toolchain)
    pegplan_fail("this build folder is for another architecture than ${PEGPLAN_ARCH}, the one of ${BOARD}; \
CMake cannot change the compiler of a folder, so use another or delete its CMakeCache.txt")
endif()
set(CMAKE_TOOLCHAIN_FILE "${pegplan_toolchain}" CACHE FILEPATH "The compiler of the board's architecture")

# Says what CMake would say at length.
function(pegplan_check_compiler)
    include("${pegplan_toolchain}")
    find_program(compiler NAMES "${CMAKE_CXX_COMPILER}" NO_CACHE)
    if(NOT compiler)
        pegplan_fail("there is no compiler ${CMAKE_CXX_COMPILER} for ${PEGPLAN_ARCH}; scripts/pegplan setup installs it")
    endif()
endfunction()
pegplan_check_compiler()

# The environment's CXXFLAGS and LDFLAGS are for programs of this machine.
foreach(variable CMAKE_CXX_FLAGS CMAKE_ASM_FLAGS CMAKE_EXE_LINKER_FLAGS)
    set(${variable} "" CACHE STRING "Options besides those of the configuration")
endforeach()
# What a build type would add contradicts the menu's choice of optimisation.
foreach(type DEBUG RELEASE RELWITHDEBINFO MINSIZEREL)
    set(CMAKE_CXX_FLAGS_${type} "" CACHE STRING "Not used: the menu chooses the optimisation")
    set(CMAKE_ASM_FLAGS_${type} "" CACHE STRING "Not used: the menu chooses the optimisation")
endforeach()

# An image without an operating system cannot pass CMake's trial programs, and nothing here needs what they find out.
set(CMAKE_CXX_COMPILER_WORKS ON)
set(CMAKE_ASM_COMPILER_WORKS ON)
set(CMAKE_CXX_ABI_COMPILED ON)
set(CMAKE_ASM_ABI_COMPILED ON)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
