// The system heap: with HEAP.
#pragma once

namespace pegplan::kernel {

/// Gives the system heap its memory. Once, before the first thread.
void initialize_system_heap() noexcept;

}  // namespace pegplan::kernel
