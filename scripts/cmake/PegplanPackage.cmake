# For projects that use Pegplan, by find_package(Pegplan), add_subdirectory() or FetchContent: defines pegplan_image().
#
#   pegplan_image(name SOURCES main.cpp … [BOARD board] [BOARD_ROOT folder] [PROFILE profile] [CONFIG fragment …]
#                 [SET SYMBOL=VALUE …] [KCONFIG file] [INCLUDE_DIRECTORIES folder …] [DEFINITIONS NAME[=VALUE] …]
#                 [OPTIONS option …] [UNITY])
#
# An image has a kernel, a compiler and options of its own, which are not those of the project. So it has a build folder of its own,
# pegplan/<name> below the one of the project, that is configured and built with the project. docs/applications.md has the rest.
include_guard(GLOBAL)

# In Pegplan's own build an application's CMakeLists.txt is read for its sources (PegplanImage.cmake).
if(DEFINED pegplan_app)
    return()
endif()

get_filename_component(pegplan_package_root "${CMAKE_CURRENT_LIST_DIR}/../.." REALPATH)
set_property(GLOBAL PROPERTY PEGPLAN_PACKAGE_ROOT "${pegplan_package_root}")
include("${CMAKE_CURRENT_LIST_DIR}/PegplanArguments.cmake")

function(pegplan_image name)
    pegplan_parse_image("${name}" ${ARGN})
    get_property(root GLOBAL PROPERTY PEGPLAN_PACKAGE_ROOT)
    set(folder "${CMAKE_CURRENT_BINARY_DIR}/pegplan/${name}")
    pegplan_configure_image("${name}" "${root}" "${folder}")

    get_property(folders GLOBAL PROPERTY PEGPLAN_IMAGE_FOLDERS)
    if(NOT folders)
        cmake_language(DEFER DIRECTORY "${CMAKE_SOURCE_DIR}" CALL pegplan_compile_commands)
        # Of the first image, which in most projects is the only one.
        pegplan_image_targets("" "${folder}")
    endif()
    set_property(GLOBAL APPEND PROPERTY PEGPLAN_IMAGE_FOLDERS "${folder}")

    add_custom_target(${name} ALL COMMAND "${CMAKE_COMMAND}" --build "${folder}" BYPRODUCTS "${folder}/pegplan.elf"
                      COMMENT "" USES_TERMINAL VERBATIM)
    set_target_properties(${name} PROPERTIES PEGPLAN_IMAGE "${folder}/pegplan.elf" PEGPLAN_BUILD_DIR "${folder}")
    pegplan_image_targets("${name}-" "${folder}")
endfunction()

# What can be done with an image: targets with a prefix, unless the project has one of that name.
function(pegplan_image_targets prefix folder)
    foreach(verb run menuconfig guiconfig savedefconfig olddefconfig)
        if(NOT TARGET ${prefix}${verb})
            add_custom_target(${prefix}${verb} COMMAND "${CMAKE_COMMAND}" --build "${folder}" --target ${verb}
                              COMMENT "" USES_TERMINAL VERBATIM)
        endif()
    endforeach()
endfunction()

# Configures the folder of an image if it is not yet configured so. What the image's own inputs change, its build notices.
function(pegplan_configure_image name root folder)
    set(cache "")
    foreach(entry BOARD BOARD_ROOT PEGPLAN_APP PEGPLAN_APP_SOURCES PEGPLAN_APP_INCLUDES PEGPLAN_APP_DEFINITIONS
            PEGPLAN_APP_COMPILE_OPTIONS PEGPLAN_APP_KCONFIG PEGPLAN_PROFILE PEGPLAN_CONFIG PEGPLAN_SET PEGPLAN_UNITY)
        string(APPEND cache "set(${entry} [==[${image_${entry}}]==] CACHE STRING \"\" FORCE)\n")
    endforeach()
    if(PEGPLAN_PYTHON)
        string(APPEND cache "set(PEGPLAN_PYTHON [==[${PEGPLAN_PYTHON}]==] CACHE FILEPATH \"\")\n")
    endif()
    set(before "")
    if(EXISTS "${folder}/project.cmake")
        file(READ "${folder}/project.cmake" before)
    endif()
    if(cache STREQUAL before AND EXISTS "${folder}/.configured")
        return()
    endif()
    file(REMOVE "${folder}/.configured")
    # A folder cannot change its compiler. What a menu has saved stays.
    if(NOT before MATCHES "^set\\(BOARD \\[==\\[${image_BOARD}\\]==\\]")
        file(REMOVE_RECURSE "${folder}/CMakeFiles" "${folder}/CMakeCache.txt")
    endif()
    file(WRITE "${folder}/project.cmake" "${cache}")
    message(STATUS "Image ${name} for ${image_BOARD}")
    set(generator "${CMAKE_GENERATOR}")
    find_program(ninja ninja NO_CACHE)
    if(ninja)
        set(generator Ninja)
    endif()
    # What the environment names for the project's own programs is not for images.
    execute_process(COMMAND "${CMAKE_COMMAND}" -E env --unset=CMAKE_TOOLCHAIN_FILE --unset=CMAKE_GENERATOR
                            "${CMAKE_COMMAND}" -C "${folder}/project.cmake" -S "${root}" -B "${folder}" -G "${generator}"
                    OUTPUT_VARIABLE output ERROR_VARIABLE errors RESULT_VARIABLE status)
    if(NOT status EQUAL 0)
        # The generator's own words, or else all that CMake said.
        set(text "${output}${errors}")
        if(EXISTS "${folder}/generator-error.txt")
            file(READ "${folder}/generator-error.txt" text)
        endif()
        file(WRITE "${folder}/error.txt" "${text}")
        execute_process(COMMAND "${CMAKE_COMMAND}" -E cat "${folder}/error.txt" OUTPUT_VARIABLE shown)
        message(NOTICE "${shown}")
        message(FATAL_ERROR "The image ${name} cannot be configured; the reason stands above.")
    endif()
    if(NOT errors STREQUAL "")
        message(NOTICE "${errors}")
    endif()
    file(TOUCH "${folder}/.configured")
endfunction()

# For editors: compile_commands.json with all images of the project, in its build folder; in pegplan/ there when CMake writes one of
# the project's own programs.
function(pegplan_compile_commands)
    get_property(folders GLOBAL PROPERTY PEGPLAN_IMAGE_FOLDERS)
    set(entries "")
    foreach(folder IN LISTS folders)
        file(READ "${folder}/compile_commands.json" text)
        string(REGEX REPLACE "^[ \n]*\\[|\\][ \n]*$" "" text "${text}")
        string(STRIP "${text}" text)
        if(NOT entries STREQUAL "")
            string(APPEND entries ",\n")
        endif()
        string(APPEND entries "${text}")
    endforeach()
    set(file "${CMAKE_BINARY_DIR}/compile_commands.json")
    if(CMAKE_EXPORT_COMPILE_COMMANDS)
        set(file "${CMAKE_BINARY_DIR}/pegplan/compile_commands.json")
    endif()
    file(CONFIGURE OUTPUT "${file}" CONTENT "[\n@entries@\n]\n" @ONLY)
endfunction()
