# Runs the generator, and reads what it found out: PEGPLAN_ARCH, PEGPLAN_BOARD and CONFIG_<SYMBOL> for every symbol.
#
# The generator runs at configure time, once. All that it read is a dependency of the configuration, so that an edit of
# a menu, board, fragment, template or of the generator itself reruns it at the next build; headers that come out as
# they were keep their time stamps and rebuild nothing.

set(PEGPLAN_ROOT "${CMAKE_CURRENT_SOURCE_DIR}")
set(PEGPLAN_DEFAULT_BOARD qemu-x86_64-q35)

if(DEFINED ENV{PEGPLAN_BOARD})
    set(PEGPLAN_DEFAULT_BOARD "$ENV{PEGPLAN_BOARD}")
endif()
set(BOARD "${PEGPLAN_DEFAULT_BOARD}" CACHE STRING "The board: a folder of boards/ or of BOARD_ROOT")
set(BOARD_ROOT "" CACHE STRING "A folder with more boards")
set(PEGPLAN_APP "examples/basic_threading" CACHE STRING "The application's folder")
set(PEGPLAN_APP_KCONFIG "" CACHE STRING "A Kconfig file of the application's own (Kconfig in its folder)")
# By pegplan_image() of other projects; without sources the application's folder decides.
set(PEGPLAN_APP_SOURCES "" CACHE STRING "The application's sources")
set(PEGPLAN_APP_INCLUDES "" CACHE STRING "The application's folders of headers")
set(PEGPLAN_APP_DEFINITIONS "" CACHE STRING "The application's preprocessor definitions")
set(PEGPLAN_APP_COMPILE_OPTIONS "" CACHE STRING "The application's compiler options")
set(PEGPLAN_MORE_APPS "" CACHE STRING "Folders of more applications")
set(PEGPLAN_UNITY OFF CACHE BOOL "Compile several sources of the kernel in one go")
set(PEGPLAN_PRECOMPILE OFF CACHE BOOL "Compile headers that applications have in common in advance")
set(PEGPLAN_PROFILE "default" CACHE STRING "A file of config/profiles")
set(PEGPLAN_CONFIG "" CACHE STRING "Configuration fragments, later ones win")
set(PEGPLAN_SET "" CACHE STRING "Single options, SYMBOL=VALUE; they win over fragments")

# Ends the configuration. What went wrong stands in `text`, and is printed as it is: CMake would fill and indent it. The
# command line shows the file instead of CMake's output.
function(pegplan_fail text)
    string(STRIP "${text}" text)
    file(WRITE "${CMAKE_BINARY_DIR}/generator-error.txt" "${text}\n")
    execute_process(COMMAND "${CMAKE_COMMAND}" -E cat "${CMAKE_BINARY_DIR}/generator-error.txt" OUTPUT_VARIABLE shown)
    message(NOTICE "${shown}")
    message(FATAL_ERROR "The configuration cannot be built; the reason stands above.")
endfunction()

function(pegplan_find_python)
    if(PEGPLAN_PYTHON AND EXISTS "${PEGPLAN_PYTHON}")
        return()
    endif()
    execute_process(COMMAND "${PEGPLAN_ROOT}/scripts/find-python"
                    OUTPUT_VARIABLE python OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE status)
    if(NOT status EQUAL 0)
        pegplan_fail("no Python 3.9 or later with kconfiglib, jinja2, yaml and jsonschema was found; \
run scripts/pegplan setup, or name one in PEGPLAN_PYTHON")
    endif()
    set(PEGPLAN_PYTHON "${python}" CACHE FILEPATH "The interpreter that runs the generator" FORCE)
endfunction()

# The absolute paths of what the user named.
get_filename_component(PEGPLAN_APP_DIR "${PEGPLAN_APP}" ABSOLUTE BASE_DIR "${PEGPLAN_ROOT}")
if(NOT IS_DIRECTORY "${PEGPLAN_APP_DIR}")
    pegplan_fail("there is no application folder ${PEGPLAN_APP_DIR} (PEGPLAN_APP)")
endif()

function(pegplan_generate)
    set(arguments --board "${BOARD}" --app "${PEGPLAN_APP_DIR}" --profile "${PEGPLAN_PROFILE}"
                  --build-dir "${CMAKE_BINARY_DIR}")
    if(BOARD_ROOT)
        get_filename_component(root "${BOARD_ROOT}" ABSOLUTE BASE_DIR "${PEGPLAN_ROOT}")
        list(APPEND arguments --board-root "${root}")
    endif()
    if(PEGPLAN_APP_KCONFIG)
        get_filename_component(file "${PEGPLAN_APP_KCONFIG}" ABSOLUTE BASE_DIR "${PEGPLAN_ROOT}")
        list(APPEND arguments --app-kconfig "${file}")
    endif()
    foreach(fragment IN LISTS PEGPLAN_CONFIG)
        # A file, or the name of a profile.
        get_filename_component(file "${fragment}" ABSOLUTE BASE_DIR "${PEGPLAN_ROOT}")
        if(EXISTS "${file}")
            set(fragment "${file}")
        endif()
        list(APPEND arguments --config "${fragment}")
    endforeach()
    foreach(setting IN LISTS PEGPLAN_SET)
        string(REPLACE ";" "\\;" setting "${setting}")
        list(APPEND arguments --set "${setting}")
    endforeach()
    if(DEFINED ENV{PEGPLAN_VERBOSE})
        list(APPEND arguments -v)
    endif()
    # From where the user stands, so that the paths in messages can be opened from there.
    set(folder "${PEGPLAN_ROOT}")
    if(IS_DIRECTORY "$ENV{PWD}")
        set(folder "$ENV{PWD}")
    endif()
    set(start "import sys; sys.path[0] = sys.argv.pop(1); from generator.cli import main; sys.exit(main())")
    execute_process(COMMAND "${PEGPLAN_PYTHON}" -c "${start}" "${PEGPLAN_ROOT}" generate ${arguments}
                    WORKING_DIRECTORY "${folder}" OUTPUT_VARIABLE output ERROR_VARIABLE errors
                    RESULT_VARIABLE status)
    if(NOT status EQUAL 0)
        pegplan_fail("${output}${errors}")
    endif()
    if(NOT "${output}${errors}" STREQUAL "")
        message(NOTICE "${output}${errors}")
    endif()
endfunction()

pegplan_find_python()
pegplan_generate()
set(PEGPLAN_GENERATED "${CMAKE_BINARY_DIR}/generated")
include("${PEGPLAN_GENERATED}/pegplan.cmake")

# Files that were not there cannot be inputs yet; their appearance is noticed by the glob.
file(GLOB pegplan_sources CONFIGURE_DEPENDS
     "${PEGPLAN_ROOT}/generator/*.py" "${PEGPLAN_ROOT}/generator/*/*.py" "${PEGPLAN_ROOT}/templates/*"
     "${PEGPLAN_APP_DIR}/app.config" "${PEGPLAN_APP_DIR}/Kconfig" "${PEGPLAN_APP_DIR}/CMakeLists.txt"
     "${CMAKE_BINARY_DIR}/user.config")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PEGPLAN_GENERATOR_INPUTS} ${pegplan_sources})
