// What a policy that goes by time has to do with the life of threads. Each such policy has a source that defines these
// functions (core/sched/edf_threads.cpp, fair_threads.cpp); others have none, and nobody calls them.
#pragma once

#include "core/sched/cpu.hpp"

#include <pegplan/cpu_set.hpp>
#include <pegplan/result.hpp>
#include <pegplan/thread.hpp>

namespace pegplan::kernel {

/// Whether what a builder asks of the policy makes sense.
Result<void> check_policy_options(const ThreadOptions& options) noexcept;

/// Gives a new thread what the policy keeps of it, and claims what that takes: after everything else that can fail. With
/// nothing locked.
Result<void> admit(ThreadControl& thread, const ThreadControl& spawner, const ThreadOptions& options) noexcept;

/// A thread has left its run queue for ever, and gives back what it had claimed. Masked; no domain is locked.
void retire(ThreadControl& thread) noexcept;

/// Whether the thread may be given these CPUs. Its domain is locked.
[[nodiscard]] bool may_be_confined(const ThreadControl& thread, const CpuSet& affinity) noexcept;

/// Calls `go_offline(cpu)` unless threads have been promised time of that CPU; nobody is in between. Returns whether it has. With nothing
/// locked.
[[nodiscard]] bool close_unless_claimed(Cpu& cpu, void (*go_offline)(Cpu& cpu) noexcept) noexcept;

}  // namespace pegplan::kernel
