// Synchronous faults: what Linux reports as signals.
#pragma once

#include "arch/host/cpu.hpp"

namespace pegplan::arch::host {

/// Installs the handlers, and the stack of the calling CPU that they run on.
SystemResult init_faults(HostCpu& cpu) noexcept;

}  // namespace pegplan::arch::host
