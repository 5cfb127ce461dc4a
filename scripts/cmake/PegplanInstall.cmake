# `cmake --install build --prefix P`: the sources, from which each project compiles the images that it wants. find_package(Pegplan)
# finds them in P, and P/bin/pegplan is the command line.

set(pegplan_share share/pegplan)
install(DIRECTORY arch boards cmake config core examples generator scripts templates DESTINATION ${pegplan_share}
        USE_SOURCE_PERMISSIONS PATTERN __pycache__ EXCLUDE)
install(FILES CMakeLists.txt Kconfig LICENSE-APACHE LICENSE-MIT requirements.txt DESTINATION ${pegplan_share})
install(CODE "
    set(PEGPLAN_ROOT [==[${PEGPLAN_ROOT}]==])
    include([==[${PEGPLAN_ROOT}/scripts/cmake/PegplanVersion.cmake]==])
    pegplan_version(version)
    set(prefix \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}\")
    file(WRITE \"\${prefix}/${pegplan_share}/VERSION\" \"\${version}\\n\")
    file(MAKE_DIRECTORY \"\${prefix}/bin\")
    file(CREATE_LINK ../${pegplan_share}/scripts/pegplan \"\${prefix}/bin/pegplan\" SYMBOLIC)
")
