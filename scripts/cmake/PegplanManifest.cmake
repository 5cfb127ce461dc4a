# A script: completes an image's manifest with what only the build knows, and writes the assembly that puts it into the image.
#
#   cmake -DPEGPLAN_ROOT=… -DFROM=generated/image.json -DTO=folder -DCOMPILER=… -P PegplanManifest.cmake
#
# Files that come out as they were are not touched.
cmake_minimum_required(VERSION 3.22)
include("${CMAKE_CURRENT_LIST_DIR}/PegplanVersion.cmake")

file(READ "${FROM}" manifest)
pegplan_version(version)
string(JSON manifest SET "${manifest}" version "\"${version}\"")
string(JSON manifest SET "${manifest}" compiler "\"${COMPILER}\"")
file(CONFIGURE OUTPUT "${TO}/image_manifest.json" CONTENT "@manifest@\n" @ONLY)
file(CONFIGURE OUTPUT "${TO}/image_manifest.S" @ONLY CONTENT [[
// The image's manifest, in a section that is not loaded.
    .section .pegplan.manifest, ""
    .incbin "image_manifest.json"
    .section .note.GNU-stack, "", %progbits
]])
