# The package: find_package(Pegplan) finds it in the source tree or in an installation, and gets pegplan_image().
include("${CMAKE_CURRENT_LIST_DIR}/../scripts/cmake/PegplanPackage.cmake")
