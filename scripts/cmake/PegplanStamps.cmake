# What an image says of itself: a stamp of the compiler and its options in each object, and the manifest.
#
# Headers of the configuration carry stamps of their own (generator/emit/render.py), so that a change of one option compiles only
# what uses it. What objects must have in common besides them are these options.

set(pegplan_stamped "${CMAKE_CXX_COMPILER_ID};${CMAKE_CXX_COMPILER_VERSION};${PEGPLAN_ARCH};${PEGPLAN_ARCH_OPTIONS};\
${pegplan_common_options}")
foreach(folder "${PEGPLAN_ROOT}" "${CMAKE_BINARY_DIR}")
    string(REPLACE "${folder}" "" pegplan_stamped "${pegplan_stamped}")
endforeach()
string(SHA256 pegplan_stamp "${pegplan_stamped}")
string(SUBSTRING "${pegplan_stamp}" 0 16 pegplan_stamp)
set(pegplan_stamp "pegplan_stale_object_rebuild_it__compiler_and_options_was_${pegplan_stamp}")
set(pegplan_stamps "${CMAKE_BINARY_DIR}/stamps")
file(CONFIGURE OUTPUT "${pegplan_stamps}/options.hpp" @ONLY CONTENT [[
#pragma once
asm(".pushsection .pegplan.stamps, \"\"\n.4byte @pegplan_stamp@\n.popsection");
]])
file(CONFIGURE OUTPUT "${pegplan_stamps}/options.inc" @ONLY CONTENT [[
.pushsection .pegplan.stamps, ""
.4byte @pegplan_stamp@
.popsection
]])
file(CONFIGURE OUTPUT "${pegplan_stamps}/options.ld" CONTENT "@pegplan_stamp@ = 0;\n" @ONLY)

# For the link of an image.
set(pegplan_stamp_scripts "${PEGPLAN_GENERATED}/stamps.ld" "${pegplan_stamps}/options.ld")

# Puts the stamp of the options into each object of a target. A header that is compiled in advance must be the first one:
# where there is one, it has the stamp.
function(pegplan_stamp_objects target)
    set(own "$<BOOL:$<TARGET_PROPERTY:PRECOMPILE_HEADERS>>")
    set(precompiled "$<OR:${own},$<BOOL:$<TARGET_PROPERTY:PRECOMPILE_HEADERS_REUSE_FROM>>>")
    target_compile_options(${target} PRIVATE
        "$<$<AND:$<COMPILE_LANGUAGE:CXX>,$<NOT:${precompiled}>>:SHELL:-include \"${pegplan_stamps}/options.hpp\">"
        "$<$<COMPILE_LANGUAGE:ASM>:SHELL:-include \"${pegplan_stamps}/options.inc\">")
endfunction()

# The manifest is made anew whenever something of the image has changed, or what git says of it.
if(CONFIG_IMAGE_MANIFEST)
    set(PEGPLAN_MANIFEST_SOURCE "${pegplan_stamps}/image_manifest.S")
    file(GLOB_RECURSE pegplan_parts "${PEGPLAN_ROOT}/core/*.[ch]pp" "${PEGPLAN_ROOT}/arch/*.[ch]pp"
         "${PEGPLAN_ROOT}/arch/*.h" "${PEGPLAN_ROOT}/arch/*.inc" "${PEGPLAN_ROOT}/arch/*.S")
    include("${PEGPLAN_ROOT}/scripts/cmake/PegplanVersion.cmake")
    pegplan_git(pegplan_log rev-parse --path-format=absolute --git-path logs/HEAD)
    if(pegplan_log AND NOT EXISTS "${PEGPLAN_ROOT}/VERSION" AND EXISTS "${pegplan_log}")
        list(APPEND pegplan_parts "${pegplan_log}")
    endif()
    add_custom_command(
        OUTPUT "${PEGPLAN_MANIFEST_SOURCE}"
        COMMAND "${CMAKE_COMMAND}" "-DPEGPLAN_ROOT=${PEGPLAN_ROOT}" "-DFROM=${PEGPLAN_GENERATED}/image.json"
                "-DTO=${pegplan_stamps}" "-DCOMPILER=${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}"
                -P "${PEGPLAN_ROOT}/scripts/cmake/PegplanManifest.cmake"
        DEPENDS "${PEGPLAN_GENERATED}/image.json" "${PEGPLAN_ROOT}/scripts/cmake/PegplanManifest.cmake" ${pegplan_parts}
        BYPRODUCTS "${pegplan_stamps}/image_manifest.json"
        COMMENT "Writing the image's manifest" VERBATIM)
    set_source_files_properties("${PEGPLAN_MANIFEST_SOURCE}" PROPERTIES
        OBJECT_DEPENDS "${pegplan_stamps}/image_manifest.json" COMPILE_OPTIONS "-Wa,-I${pegplan_stamps}")
endif()
