# Targets besides the image: run, menuconfig, guiconfig, savedefconfig, olddefconfig.

add_custom_target(run
    COMMAND "${PEGPLAN_PYTHON}" "${PEGPLAN_ROOT}/scripts/pegplan_cli/run.py" "${CMAKE_BINARY_DIR}"
    DEPENDS pegplan COMMENT "" USES_TERMINAL VERBATIM)

foreach(front_end menuconfig guiconfig savedefconfig olddefconfig)
    add_custom_target(${front_end}
        COMMAND "${PEGPLAN_PYTHON}" "${PEGPLAN_ROOT}/scripts/pegplan_cli/kconfig.py" ${front_end} "${CMAKE_BINARY_DIR}"
        COMMENT "" USES_TERMINAL VERBATIM)
endforeach()
