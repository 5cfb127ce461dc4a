# What the host port adds to the build. The machine is that of the compiler's target: a folder beside this file.
execute_process(COMMAND "${CMAKE_CXX_COMPILER}" -dumpmachine
                OUTPUT_VARIABLE PEGPLAN_HOST_TRIPLE OUTPUT_STRIP_TRAILING_WHITESPACE)
string(REGEX REPLACE "-.*" "" PEGPLAN_HOST_MACHINE "${PEGPLAN_HOST_TRIPLE}")
if(NOT IS_DIRECTORY "${PEGPLAN_ROOT}/arch/host/${PEGPLAN_HOST_MACHINE}")
    pegplan_fail("${CONFIG_HOST_COMPILER} compiles for ${PEGPLAN_HOST_TRIPLE}, and the host port has no folder \
arch/host/${PEGPLAN_HOST_MACHINE}; HOST_COMPILER names another compiler")
endif()

set(PEGPLAN_ARCH_SOURCES
    arch/host/arguments.cpp
    arch/host/faults.cpp
    arch/host/linux.cpp
    arch/host/real_time.cpp
    arch/host/start.cpp
    arch/host/thread_locals.cpp
    arch/host/virtual_time.cpp
    arch/host/${PEGPLAN_HOST_MACHINE}/machine.S
    arch/host/${PEGPLAN_HOST_MACHINE}/registers.cpp)

if(CONFIG_SMP)
    list(APPEND PEGPLAN_ARCH_SOURCES arch/host/smp.cpp arch/host/virtual_turns.cpp)
endif()

set(PEGPLAN_ARCH_UNITY_SOURCES
    arch/host/arguments.cpp
    arch/host/faults.cpp
    arch/host/start.cpp
    arch/host/thread_locals.cpp
    arch/host/${PEGPLAN_HOST_MACHINE}/registers.cpp)
if(CONFIG_SMP)
    list(APPEND PEGPLAN_ARCH_UNITY_SOURCES arch/host/smp.cpp)
endif()

set(PEGPLAN_ARCH_OPTIONS "-I${PEGPLAN_ROOT}/arch/host/${PEGPLAN_HOST_MACHINE}")
# Clang refuses the standard library's headers without floating-point registers. The kernel may use them here: what interrupts
# an application is a signal, whose frame keeps them all.
set(PEGPLAN_KERNEL_OPTIONS)
if(NOT CMAKE_CXX_COMPILER_ID STREQUAL Clang)
    list(APPEND PEGPLAN_KERNEL_OPTIONS -mgeneral-regs-only)
endif()
set(PEGPLAN_APP_OPTIONS)
if(CONFIG_FP_NONE)
    list(APPEND PEGPLAN_APP_OPTIONS -mgeneral-regs-only)
endif()

# Besides the kernel there is the C library; the rest of C++'s own library only where the runtime of a sanitizer needs it.
# Nothing is bound late: the dynamic linker would run on the small stack of a thread.
set(PEGPLAN_LINKAGE -nostartfiles -Wl,-e,pegplan_boot -Wl,--as-needed -Wl,-z,now
                    "-Wl,--version-script,${PEGPLAN_ROOT}/arch/host/image.map")
set(PEGPLAN_STATIC_DESTRUCTORS)  # exit() of the C library would run what the compiler lists
set(PEGPLAN_LINK_OPTIONS)
if(CMAKE_CXX_COMPILER_ID STREQUAL Clang)
    # To Clang, main() of a freestanding program is a function like any other, with a C++ function's name.
    list(APPEND PEGPLAN_LINK_OPTIONS -Wl,--defsym,main=_Z4mainv)
endif()

if(CONFIG_HOST_VIRTUAL_TIME)
    list(APPEND PEGPLAN_APP_OPTIONS -fsanitize-coverage=trace-pc)
endif()

if(CONFIG_HOST_ASAN)
    list(APPEND PEGPLAN_ARCH_SOURCES arch/host/asan.cpp)
    set(pegplan_host_sanitizer -fsanitize=address,undefined -fno-sanitize-recover=undefined)
elseif(CONFIG_HOST_TSAN)
    list(APPEND PEGPLAN_ARCH_SOURCES arch/host/tsan.cpp)
    set(pegplan_host_sanitizer -fsanitize=thread)
    if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
        # It warns of fences, which the runtime does not see. In the kernel no plain memory is ordered by fences alone: data go with
        # releases and acquires, and fences decide who does what (lockfree/work_deque.hpp, core/tasks/parking.hpp).
        list(APPEND pegplan_host_sanitizer -Wno-tsan)
    endif()
endif()
if(CONFIG_HOST_ASAN OR CONFIG_HOST_TSAN)
    # The timer's signal may interrupt the runtime, which then must not be called; these files decide whether it did.
    set_source_files_properties("${PEGPLAN_ROOT}/arch/host/linux.cpp" "${PEGPLAN_ROOT}/arch/host/real_time.cpp"
                                "${PEGPLAN_ROOT}/arch/host/virtual_time.cpp"
                                "${PEGPLAN_ROOT}/arch/host/virtual_turns.cpp"
                                PROPERTIES COMPILE_OPTIONS -fno-sanitize=all)
    # The runtime's memory functions check their arguments; the kernel's own would hide them.
    list(REMOVE_ITEM PEGPLAN_CORE_SOURCES core/base/memory_functions.cpp)
    list(APPEND PEGPLAN_KERNEL_OPTIONS ${pegplan_host_sanitizer})
    list(APPEND PEGPLAN_APP_OPTIONS ${pegplan_host_sanitizer})
    if(CMAKE_CXX_COMPILER_ID STREQUAL Clang)
        # The runtime must be a shared object, since the image hides its symbols, as GCC's is; and it is named here rather
        # than asked of the compiler, which would put it in front of a fuzzing engine.
        if(CONFIG_HOST_ASAN)
            set(pegplan_runtime asan)
        else()
            set(pegplan_runtime tsan)
        endif()
        execute_process(COMMAND "${CMAKE_CXX_COMPILER}"
                                "-print-file-name=libclang_rt.${pegplan_runtime}-${PEGPLAN_HOST_MACHINE}.so"
                        OUTPUT_VARIABLE pegplan_runtime OUTPUT_STRIP_TRAILING_WHITESPACE)
        if(NOT IS_ABSOLUTE "${pegplan_runtime}")
            pegplan_fail("${CONFIG_HOST_COMPILER} comes without the sanitizer's runtime (${pegplan_runtime}); \
scripts/pegplan setup installs it")
        endif()
        get_filename_component(pegplan_runtime_folder "${pegplan_runtime}" DIRECTORY)
        list(APPEND PEGPLAN_LINK_OPTIONS -Wl,--no-as-needed "${pegplan_runtime}" -Wl,--as-needed
                                         "-Wl,-rpath,${pegplan_runtime_folder}")
    else()
        list(APPEND PEGPLAN_LINK_OPTIONS ${pegplan_host_sanitizer})
    endif()
endif()

if(CONFIG_HOST_FUZZER)
    include("${PEGPLAN_ROOT}/arch/host/fuzzer.cmake")
endif()

if(CONFIG_HOST_COVERAGE)
    # A thread may be preempted anywhere, between the reading and the writing of a counter too. Optimised, the lines and
    # branches that are counted are no longer those of the source.
    set(pegplan_host_counters --coverage -fprofile-update=atomic -O0)
    list(APPEND PEGPLAN_KERNEL_OPTIONS ${pegplan_host_counters})
    list(APPEND PEGPLAN_APP_OPTIONS ${pegplan_host_counters})
    list(APPEND PEGPLAN_LINK_OPTIONS --coverage -Wl,-u,__gcov_dump)
endif()

include("${PEGPLAN_ROOT}/arch/host/${PEGPLAN_HOST_MACHINE}/machine.cmake")

if(CONFIG_SMP AND CONFIG_THREAD_LOCAL_STORAGE)
    execute_process(COMMAND "${CMAKE_CXX_COMPILER}" -print-prog-name=as
                    OUTPUT_VARIABLE PEGPLAN_ASSEMBLER OUTPUT_STRIP_TRAILING_WHITESPACE)
    configure_file("${PEGPLAN_ROOT}/arch/host/as.in" "${CMAKE_BINARY_DIR}/assembler/as" @ONLY USE_SOURCE_PERMISSIONS)
    list(APPEND PEGPLAN_ARCH_OPTIONS "-B${CMAKE_BINARY_DIR}/assembler/")
    if(CMAKE_CXX_COMPILER_ID STREQUAL Clang)
        # The assembler that is at hand may not know Clang's table of symbols whose address matters.
        list(APPEND PEGPLAN_ARCH_OPTIONS -fno-integrated-as -fno-addrsig)
    endif()
endif()
