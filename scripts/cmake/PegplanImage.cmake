# The image: kernel objects, then the application's, linked by the generated script into pegplan.elf.

include("${PEGPLAN_ROOT}/core/core.cmake")                     # PEGPLAN_CORE_SOURCES
set(PEGPLAN_LINKAGE -nostdlib -static)                         # an image is all there is; an architecture may differ
# Destructors of static objects never run, since the machine ends with main(). So those of the kernel's are listed in a
# section that the linker script drops, instead of being registered one by one by code that would keep all its static objects
# in the image. (Applications: the same option would drop the destructors of thread_local objects, which do run.)
set(PEGPLAN_STATIC_DESTRUCTORS -fno-use-cxa-atexit)
include("${PEGPLAN_ROOT}/arch/${PEGPLAN_ARCH}/arch.cmake")     # PEGPLAN_ARCH_SOURCES, PEGPLAN_*_OPTIONS

# ---- options ----------------------------------------------------------------------------------------------------------

set(pegplan_common_options
    -std=c++20 -ffreestanding -fno-exceptions -fno-rtti
    -fno-asynchronous-unwind-tables -fno-unwind-tables -ffunction-sections -fdata-sections -fno-pic -fno-common
    -ftls-model=local-exec -g)

if(CONFIG_OPTIMISE_SIZE)
    list(APPEND pegplan_common_options -Os)
elseif(CONFIG_OPTIMISE_DEBUG)
    list(APPEND pegplan_common_options -Og)
else()
    list(APPEND pegplan_common_options -O2)
endif()

if(CONFIG_FRAME_POINTERS)
    list(APPEND pegplan_common_options -fno-omit-frame-pointer)
else()
    list(APPEND pegplan_common_options -fomit-frame-pointer)
endif()

if(CONFIG_STACK_CANARIES)
    list(APPEND pegplan_common_options -fstack-protector-strong)
else()
    list(APPEND pegplan_common_options -fno-stack-protector)
endif()

# The kernel's own function-local statics are constant; those of applications are guarded (core/base/cxx_runtime.cpp).
set(pegplan_kernel_options -fno-threadsafe-statics ${PEGPLAN_STATIC_DESTRUCTORS})
set(pegplan_kernel_warnings -Wall -Wextra -Werror -Wshadow -Wconversion -Wundef)
set(pegplan_app_warnings -Wall -Wextra -Werror=return-type)

# The headers of the standard library that the public interface includes: most of the time of a compilation.
set(pegplan_precompiled_headers <algorithm> <atomic> <chrono> <memory> <optional> <span> <string_view>)

include("${PEGPLAN_ROOT}/scripts/cmake/PegplanStamps.cmake")

# Gives a target its options: `folder` holds its sources, the other arguments are for C++ alone. No path of this machine
# gets into the image; of several maps that fit, the last one counts.
function(pegplan_compile_options target folder)
    set(maps "-ffile-prefix-map=${PEGPLAN_ROOT}/=")
    string(FIND "${folder}/" "${PEGPLAN_ROOT}/" position)
    if(NOT position EQUAL 0)
        get_filename_component(name "${folder}" NAME)
        list(APPEND maps "-ffile-prefix-map=${folder}/=${name}/")
    endif()
    list(APPEND maps "-ffile-prefix-map=${CMAKE_BINARY_DIR}=.")
    target_compile_options(${target} PRIVATE ${PEGPLAN_ARCH_OPTIONS} ${maps} -g "$<$<COMPILE_LANGUAGE:CXX>:${ARGN}>")
    target_include_directories(${target} PRIVATE "${PEGPLAN_ROOT}" "${PEGPLAN_ROOT}/core/include"
                               "${PEGPLAN_GENERATED}")
    pegplan_stamp_objects(${target})
endfunction()

# ---- kernel -----------------------------------------------------------------------------------------------------------

list(TRANSFORM PEGPLAN_CORE_SOURCES PREPEND "${PEGPLAN_ROOT}/")
list(TRANSFORM PEGPLAN_ARCH_SOURCES PREPEND "${PEGPLAN_ROOT}/")
list(TRANSFORM PEGPLAN_ARCH_UNITY_SOURCES PREPEND "${PEGPLAN_ROOT}/")
add_library(pegplan_kernel OBJECT ${PEGPLAN_CORE_SOURCES} ${PEGPLAN_ARCH_SOURCES} ${PEGPLAN_MANIFEST_SOURCE})
pegplan_compile_options(pegplan_kernel "${PEGPLAN_ROOT}"
                        ${pegplan_common_options} ${pegplan_kernel_options} ${pegplan_kernel_warnings}
                        ${PEGPLAN_KERNEL_OPTIONS})
# The sources of the core in one go: takes half the time when all is built, and is no gain when one file has changed. Those of an
# architecture may bring an operating system's headers along, which is nobody else's business: they are apart, and compiled in one go
# where the architecture says that they can be. (Sources with options of their own are not.)
set_target_properties(pegplan_kernel PROPERTIES UNITY_BUILD "${PEGPLAN_UNITY}" UNITY_BUILD_MODE GROUP)
set_source_files_properties(${PEGPLAN_CORE_SOURCES} PROPERTIES UNITY_GROUP core)
set_source_files_properties(${PEGPLAN_ARCH_UNITY_SOURCES} PROPERTIES UNITY_GROUP arch)

# Without it the linker script refuses thread_local objects.
set(pegplan_definitions -Wl,--defsym=pegplan_thread_local_storage=$<BOOL:${CONFIG_THREAD_LOCAL_STORAGE}>)

# ---- images -----------------------------------------------------------------------------------------------------------

include("${PEGPLAN_ROOT}/scripts/cmake/PegplanApplication.cmake")

# Defines the image `name`.elf from the application in `folder`.
function(pegplan_add_image name folder)
    set(pegplan_app ${name}_app)
    add_library(${pegplan_app} OBJECT EXCLUDE_FROM_ALL)
    pegplan_compile_options(${pegplan_app} "${folder}"
                            ${pegplan_common_options} ${pegplan_app_warnings} ${PEGPLAN_APP_OPTIONS})
    target_include_directories(${pegplan_app} PRIVATE "${folder}")
    pegplan_add_sources("${folder}")
    # All images of a folder have the same options.
    if(PEGPLAN_PRECOMPILE AND name STREQUAL pegplan)
        target_precompile_headers(${pegplan_app} PRIVATE ${pegplan_precompiled_headers} "${pegplan_stamps}/options.hpp")
    elseif(PEGPLAN_PRECOMPILE)
        target_precompile_headers(${pegplan_app} REUSE_FROM pegplan_app)
    endif()

    # The kernel's objects come first: of an inline function that both have, its copy is linked, which uses no
    # floating-point registers.
    add_executable(${name} EXCLUDE_FROM_ALL)
    target_link_libraries(${name} PRIVATE pegplan_kernel ${pegplan_app} ${pegplan_stamp_scripts} -lgcc)
    set_target_properties(${name} PROPERTIES SUFFIX .elf LINKER_LANGUAGE CXX RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}"
                          LINK_DEPENDS "${PEGPLAN_GENERATED}/linker.ld;${pegplan_stamp_scripts}")
    target_link_options(${name} PRIVATE
        ${PEGPLAN_ARCH_OPTIONS} ${PEGPLAN_LINKAGE} ${pegplan_definitions} -no-pie -Wl,--gc-sections
        -Wl,-z,max-page-size=4096 -Wl,-z,noexecstack -Wl,--build-id=none "-Wl,-T,${PEGPLAN_GENERATED}/linker.ld"
        "-Wl,-Map,${name}.map" ${PEGPLAN_LINK_OPTIONS})
    # What `scripts/pegplan size` reads besides the image.
    set_property(DIRECTORY APPEND PROPERTY ADDITIONAL_CLEAN_FILES "${CMAKE_BINARY_DIR}/${name}.map")
endfunction()

pegplan_add_image(pegplan "${PEGPLAN_APP_DIR}")
set_target_properties(pegplan PROPERTIES EXCLUDE_FROM_ALL OFF)

# Built on demand: the target bears the folder's name.
foreach(folder IN LISTS PEGPLAN_MORE_APPS)
    get_filename_component(folder "${folder}" ABSOLUTE BASE_DIR "${PEGPLAN_ROOT}")
    get_filename_component(name "${folder}" NAME)
    pegplan_add_image(${name} "${folder}")
endforeach()
