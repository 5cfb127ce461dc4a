# The version of Pegplan: what VERSION says, which an installation has; else what git says of the last commit that changed
# something that gets into images, with `-dirty` behind it when files have changed since.

# The files that can be in an image; a commit to tests or documentation is no other version.
set(PEGPLAN_PARTS Kconfig CMakeLists.txt arch boards config core generator scripts/cmake templates)

function(pegplan_version result)
    if(EXISTS "${PEGPLAN_ROOT}/VERSION")
        file(STRINGS "${PEGPLAN_ROOT}/VERSION" version LIMIT_COUNT 1)
        set(${result} "${version}" PARENT_SCOPE)
        return()
    endif()
    set(${result} "unknown" PARENT_SCOPE)
    # A copy inside somebody else's repository is not that repository's version.
    pegplan_git(top rev-parse --show-toplevel)
    file(REAL_PATH "${PEGPLAN_ROOT}" root)
    if(NOT top STREQUAL root)
        return()
    endif()
    pegplan_git(commit log -1 --format=%H -- ${PEGPLAN_PARTS})
    if(commit STREQUAL "")
        return()
    endif()
    pegplan_git(version describe --always --tags "${commit}")
    pegplan_git(changed status --porcelain --untracked-files=no -- ${PEGPLAN_PARTS})
    if(NOT changed STREQUAL "")
        string(APPEND version "-dirty")
    endif()
    set(${result} "${version}" PARENT_SCOPE)
endfunction()

# What git prints, in the tree; nothing when it fails or is not there.
function(pegplan_git result)
    set(${result} "" PARENT_SCOPE)
    execute_process(COMMAND git ${ARGN} WORKING_DIRECTORY "${PEGPLAN_ROOT}"
                    OUTPUT_VARIABLE text ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE status)
    if(status EQUAL 0)
        set(${result} "${text}" PARENT_SCOPE)
    endif()
endfunction()
