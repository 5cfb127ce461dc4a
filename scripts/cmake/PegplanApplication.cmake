# Where an application's sources come from: what another project names, the CMakeLists.txt in its folder, or all *.cpp there.

# For an application's CMakeLists.txt: adds sources, relative to its folder. `pegplan_app` names its target, to which
# anything else can be given by CMake's own commands.
macro(pegplan_app_sources)
    foreach(pegplan_source ${ARGN})
        get_filename_component(pegplan_source "${pegplan_source}" ABSOLUTE)
        target_sources(${pegplan_app} PRIVATE "${pegplan_source}")
    endforeach()
endmacro()

# A CMakeLists.txt that is a project of its own says here what else it would build by itself (PegplanPackage.cmake).
set(Pegplan_DIR "${PEGPLAN_ROOT}/cmake")
include("${PEGPLAN_ROOT}/scripts/cmake/PegplanArguments.cmake")

function(pegplan_image name)
    pegplan_parse_image("${name}" ${ARGN})
    get_target_property(sources ${pegplan_app} SOURCES)
    if(sources)
        pegplan_fail("${CMAKE_CURRENT_LIST_FILE} has several images; build it by CMake: cmake -B build \
-S ${CMAKE_CURRENT_SOURCE_DIR}")
    endif()
    # The configuration has been made before this is read. What the image asks for must be what it was made from.
    if(NOT image_PEGPLAN_PROFILE STREQUAL "default" AND NOT image_PEGPLAN_PROFILE STREQUAL PEGPLAN_PROFILE)
        pegplan_not_asked("PROFILE ${image_PEGPLAN_PROFILE}" "--profile ${image_PEGPLAN_PROFILE}")
    endif()
    foreach(fragment IN LISTS image_PEGPLAN_CONFIG)
        if(NOT fragment IN_LIST PEGPLAN_CONFIG)
            pegplan_not_asked("CONFIG ${fragment}" "--config ${fragment}")
        endif()
    endforeach()
    foreach(setting IN LISTS image_PEGPLAN_SET)
        if(NOT setting IN_LIST PEGPLAN_SET)
            pegplan_not_asked("SET ${setting}" "--set ${setting}")
        endif()
    endforeach()
    set(kconfig "${image_PEGPLAN_APP_KCONFIG}")
    if(kconfig AND NOT kconfig STREQUAL PEGPLAN_APP_KCONFIG AND NOT kconfig STREQUAL "${PEGPLAN_APP_DIR}/Kconfig")
        pegplan_not_asked("KCONFIG ${kconfig}" "--app-kconfig ${kconfig}")
    endif()
    pegplan_give_sources("${image_PEGPLAN_APP_SOURCES}" "${image_PEGPLAN_APP_INCLUDES}" "${image_PEGPLAN_APP_DEFINITIONS}"
                         "${image_PEGPLAN_APP_COMPILE_OPTIONS}")
endfunction()

function(pegplan_not_asked what option)
    pegplan_fail("${CMAKE_CURRENT_LIST_FILE} asks for ${what}, which was not asked for on the command line; add ${option}, put the \
options into app.config, or build it by CMake: cmake -B build -S ${CMAKE_CURRENT_SOURCE_DIR}")
endfunction()

function(pegplan_give_sources sources includes definitions options)
    target_sources(${pegplan_app} PRIVATE ${sources})
    target_include_directories(${pegplan_app} PRIVATE ${includes})
    target_compile_definitions(${pegplan_app} PRIVATE ${definitions})
    target_compile_options(${pegplan_app} PRIVATE "$<$<COMPILE_LANGUAGE:CXX>:${options}>")
endfunction()

# Gives the target `pegplan_app` the sources of the application in `folder`.
function(pegplan_add_sources folder)
    if(PEGPLAN_APP_SOURCES AND folder STREQUAL PEGPLAN_APP_DIR)
        pegplan_give_sources("${PEGPLAN_APP_SOURCES}" "${PEGPLAN_APP_INCLUDES}" "${PEGPLAN_APP_DEFINITIONS}"
                             "${PEGPLAN_APP_COMPILE_OPTIONS}")
    elseif(EXISTS "${folder}/CMakeLists.txt")
        add_subdirectory("${folder}" "${CMAKE_BINARY_DIR}/${pegplan_app}")
        get_target_property(sources ${pegplan_app} SOURCES)
        if(NOT sources)
            pegplan_fail("${folder}/CMakeLists.txt adds no sources; call pegplan_app_sources(main.cpp ...) there")
        endif()
    else()
        file(GLOB sources CONFIGURE_DEPENDS "${folder}/*.cpp")
        if(NOT sources)
            pegplan_fail("there is no .cpp file in the application folder ${folder}; \
it needs a main.cpp that defines `int main()`")
        endif()
        target_sources(${pegplan_app} PRIVATE ${sources})
    endif()
endfunction()
