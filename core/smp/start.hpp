// The way of the other CPUs into the kernel.
#pragma once

namespace pegplan::kernel {

/// Starts all CPUs but the first, one after the other, and returns when they schedule. Panics when one does not come. By
/// the first CPU, before the first thread.
void start_other_cpus() noexcept;

}  // namespace pegplan::kernel
