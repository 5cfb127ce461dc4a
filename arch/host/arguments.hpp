// The arguments of the process: what is in the memory of the machine before the image starts.
#pragma once

namespace pegplan::arch::host {

/// Each argument has the form ADDRESS=VALUE and puts 32 bits into the arena, as a loader of a board would, or QEMU's loader
/// device. Returns the first that has not, or whose address is no multiple of 4 in the arena; null when all are done.
const char* load_arguments(const char* const* arguments) noexcept;

}  // namespace pegplan::arch::host
