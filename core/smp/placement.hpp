// Which CPU a thread runs on: SCHED_PLACEMENT of the menu, among the CPUs that its affinity allows. Each CPU has a run queue
// of its own, ordered by the policy, and the thread that runs stays in it.
//
// Global: no ready thread that waits for a CPU is more urgent (SchedulerPolicy::should_preempt) than one that runs on a CPU which it
// may use. Three moves keep it so. A thread that becomes ready goes to the CPU where it is due (`place`): one that idles,
// or else the one whose thread is the least urgent of all that it would preempt. A CPU that chooses anew takes over from
// another one a waiting thread that is more urgent than its own (`pull`). And a thread that was preempted, which may be more urgent
// than what runs elsewhere, is placed anew when its CPU has left it (`settle_left`). A CPU that has been told to choose anew, and has not yet, counts as
// if it had: the thread that will run there is `coming`. If something more urgent comes there first, or the CPU chooses otherwise,
// that thread is placed anew as well (`expect`, `meet_expectation`). So by induction: a waiting thread becomes due
// somewhere only when it starts to wait, when its priority or affinity changes, when it is expected no more, or when a CPU turns to a less
// urgent thread; and each of these is one of the moves. (tests/qemu/apps/smp_stress looks whether that is so.)
// Partitioned: a thread stays where it is.
//
// A thread that is some CPU's `current` stays there, whatever happens, until that CPU has switched away from it: its context is not
// complete before. All calls are made with the lock of the thread's domain held. With global placement that is the one of all CPUs, so
// their queues are compared at one moment. With partitions a thread that may not stay leaves its run queue, is `homeless`, and is moved by
// one CPU, which says so by its chain `evicted`, with both domains locked (core/smp/settle.hpp).
#pragma once

#include "core/sched/cpu.hpp"

namespace pegplan::kernel {

/// Gives a thread that is about to become ready, and stands in no run queue, its CPU. Returns false if it must be moved to another
/// domain first, and somebody will: then that readies it.
[[nodiscard]] bool place(Cpu& here, ThreadControl& thread) noexcept;

/// `thread`, which is in the run queue of `cpu`, will preempt what runs there. Whoever was to do so before is placed anew.
void expect(Cpu& here, Cpu& cpu, ThreadControl& thread) noexcept;

/// Takes over what is due here from other CPUs, before `cpu` looks into its run queue.
void pull(Cpu& cpu) noexcept;

/// `cpu`, the calling one, is about to run the first of its run queue: if another one was expected, that is placed anew. Returns
/// false if anybody was moved by that, so that `pull` must look again.
[[nodiscard]] bool meet_expectation(Cpu& cpu) noexcept;

/// The running thread is about to be switched away from, and could go on.
void note_left(Cpu& cpu) noexcept;

/// Takes the running thread out of the run queue of `cpu` if it may not use that any longer.
void leave_forbidden_cpu(Cpu& cpu) noexcept;

/// The thread that the calling CPU has just switched away from (`note_left`) goes where it is due now.
void settle_left(Cpu& here) noexcept;

/// The CPU for a new thread: the one with the fewest threads of those that it may use, if no policy has chosen one.
[[nodiscard]] Cpu& choose_first(const ThreadControl& thread) noexcept;

/// Whether its affinity has that CPU, and that is in service.
[[nodiscard]] bool may_use(const ThreadControl& thread, const Cpu& cpu) noexcept;

/// The CPU for a thread that may not stay where it is, and whether it may stay there.
[[nodiscard]] Cpu& find_home(const ThreadControl& thread) noexcept;
[[nodiscard]] bool may_stay(const ThreadControl& thread, const Cpu& cpu) noexcept;

/// Changes a thread's place, and the count of threads there. Both domains are locked.
void move_to(ThreadControl& thread, Cpu& cpu) noexcept;

/// Gives a new thread its place. Both domains are locked: that of the CPU, and that of where its record was last.
void begin_at(ThreadControl& thread, Cpu& cpu) noexcept;

/// A thread has gone, for the count of them.
void forget_place(ThreadControl& thread) noexcept;

/// Finds the place of a thread anew, because of a change of what it may use. Its domain is locked.
void reconsider(ThreadControl& thread) noexcept;

/// Changes where a thread may run, and moves it if it must. The set is not empty. Its domain is locked.
void change_affinity(ThreadControl& thread, const CpuSet& affinity) noexcept;

}  // namespace pegplan::kernel
