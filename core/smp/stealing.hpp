// Work stealing: idle CPUs take over threads that wait for others (Kconfig SCHED_STEALING).
#pragma once

#include "core/sched/cpu.hpp"

namespace pegplan::kernel {

/// By the idle thread, masked, with nothing locked: looks for a thread to take over, and if there is none, has the calling CPU woken
/// when there is. Returns whether it has found one: then that has run meanwhile, and it must be asked again before the CPU sleeps.
[[nodiscard]] bool find_work(Cpu& here) noexcept;

/// A ready thread waits for `cpu`: wakes a CPU that sleeps and may run it, if there is any. The domain of `cpu` is locked.
void offer(Cpu& cpu, const ThreadControl& waiting) noexcept;

/// The calling CPU is idle no more, since it was given something to do, or leaves. If it was woken for somebody else's thread, another one
/// goes to look for that. Its domain is locked, or it is masked and leaves.
void end_idleness(Cpu& here) noexcept;

/// What CPUs find out when they start: who is near to whom.
void prepare_stealing() noexcept;

}  // namespace pegplan::kernel
