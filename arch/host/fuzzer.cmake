# Coverage-guided fuzzing: the compiler counts the edges of kernel and application, and libFuzzer chooses the inputs.
#
# The engine has a heap and a C++ library, which the image has its own ideas of (operator delete is a panic, say). So it
# is a shared object beside the image, as the C library is, made here of the archive that comes with the compiler.
if(NOT CMAKE_CXX_COMPILER_ID STREQUAL Clang)
    pegplan_fail("HOST_FUZZER needs Clang, and HOST_COMPILER is ${CONFIG_HOST_COMPILER}; \
leave HOST_COMPILER at its default")
endif()

set(pegplan_engine_archive "libclang_rt.fuzzer_no_main-${PEGPLAN_HOST_MACHINE}.a")
execute_process(COMMAND "${CMAKE_CXX_COMPILER}" "-print-file-name=${pegplan_engine_archive}"
                OUTPUT_VARIABLE pegplan_engine_path OUTPUT_STRIP_TRAILING_WHITESPACE)
if(NOT IS_ABSOLUTE "${pegplan_engine_path}")
    pegplan_fail("${CONFIG_HOST_COMPILER} comes without libFuzzer (${pegplan_engine_archive}); \
scripts/pegplan setup installs it")
endif()

set(pegplan_engine "${CMAKE_BINARY_DIR}/libpegplan_fuzzer.so")
execute_process(COMMAND "${CMAKE_CXX_COMPILER}" -shared -o "${pegplan_engine}" -Wl,-soname,libpegplan_fuzzer.so
                        -Wl,--whole-archive "${pegplan_engine_path}" -Wl,--no-whole-archive
                        -static-libstdc++ -Wl,--exclude-libs,libstdc++.a
                OUTPUT_VARIABLE pegplan_output ERROR_VARIABLE pegplan_output RESULT_VARIABLE pegplan_status)
if(NOT pegplan_status EQUAL 0)
    pegplan_fail("libFuzzer cannot be linked into ${pegplan_engine}:\n${pegplan_output}")
endif()

# The engine defines what the instrumentation calls. Threads have stacks of their own, so that their depth is no measure.
set(pegplan_coverage -fsanitize-coverage=inline-8bit-counters,pc-table,indirect-calls,trace-cmp)
list(APPEND PEGPLAN_ARCH_SOURCES arch/host/fuzzer.cpp)
list(APPEND PEGPLAN_KERNEL_OPTIONS ${pegplan_coverage})
list(APPEND PEGPLAN_APP_OPTIONS ${pegplan_coverage})
# In front of a sanitizer's runtime, which has functions of the same names that do nothing.
list(PREPEND PEGPLAN_LINK_OPTIONS -Wl,--no-as-needed "${pegplan_engine}" -Wl,--as-needed
                                  "-Wl,-rpath,${CMAKE_BINARY_DIR}")
