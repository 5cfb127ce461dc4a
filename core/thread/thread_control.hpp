// The kernel's record of a thread. Applications see it through the handle `pegplan::Thread`.
//
// A thread stands in the run queue exactly when nothing holds it: `holds` is the set of reasons why it must not run,
// and 0 means ready (though the policy may hold it back until a time of its own). The running thread is the ready one at which its CPU's `current` points; it stays in the run
// queue. Each transition is one function (core/sched/scheduler.hpp), with the lock of the thread's domain (core/smp/locks.hpp).
//
//      ┌──────┐ (1) create  ┌───────┐ (2) block                      ┌─────────┐
//      │ free │ ──────────> │ ready │ ─────────────────────────────> │ blocked │
//      └──────┘             └───────┘ <───────────────────────────── └─────────┘
//         ^                  │ │   ^                        (3) wake   │     ^
//         │              (6) │ │(4)│(5)                            (4) │     │ (5)
//         │           finish │ v   │                                   v     │
//         │                  │ ┌───────────┐ (3) wake   ┌────────────────────┐
//         │                  │ │ suspended │ <───────── │ blocked, suspended │
//         │ (7) release      v └───────────┘            └────────────────────┘
//         │           ┌──────────┐
//         └────────── │ finished │
//                     └──────────┘
//
// (1) create   the spawner gives a free record a stack and a context, and readies it.
// (2) block    the running thread enters wait queues, the timer queue, or both. Only the thread itself blocks.
// (3) wake     whoever takes the thread out of a wait queue, or its timeout out of the timer queue, owns the wake-up:
//              it removes the thread from all others and says why (`WakeReason`). On one CPU the removals and the decision are
//              one critical section, so a time-out and a wake-up never both happen, nor neither. Where there are several, the
//              decision is the thread's claim (core/sync/wait_claim.hpp), and the removals follow (core/smp/settle.hpp).
// (4) suspend  by anybody, the thread itself included. A blocked thread keeps its place in the wait queue and its
//              timeout.
// (5) resume   by anybody but the thread itself.
// (6) finish   the running thread leaves the run queue for ever and wakes those who join it.
// (7) release  its joiner, or for a detached thread the next spawn or the idle thread, frees stack and record.
#pragma once

#include "arch/port.hpp"
#include "core/base/ring.hpp"
#include "core/memory/stack_arena.hpp"
#include "core/smp/cpu_shared.hpp"
#include "core/sync/wait_queue.hpp"
#include "core/thread/account.hpp"
#include "core/time/timer_queue.hpp"

#include <pegplan/board/arch.hpp>
#include <pegplan/config/policy.hpp>
#include <pegplan/config/thread.hpp>
#include <pegplan/types.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace pegplan::kernel {

/// The reasons why a thread must not run: a bit each.
enum Hold : std::uint8_t {
    hold_none = 0,
    hold_blocked = 1,
    hold_suspended = 2,
    hold_finished = 4,
};

/// Why a blocked thread goes on.
enum class WakeReason : std::uint8_t {
    woken,        ///< it got what it waited for
    timed_out,    ///< its deadline has passed
    owner_died,   ///< it got a mutex whose owner ended while it had it
    broken,       ///< what it waited for will never come
    again,        ///< it was claimed and got nothing: it goes on waiting. Where there are several CPUs, from semaphores alone
};

class MutexCore;

/// Of thread records: a mutex keeps its flags in the low bits of its owner's address.
inline constexpr std::size_t thread_alignment = 16;

/// The first part of a thread's record, so that a switch need not compute where the contexts are.
struct ThreadContext {
    arch::Port::Context context;
};

/// All zeros is a free record, so that the table of them costs no room in the image.
struct alignas(thread_alignment) ThreadControl : ThreadContext, RingLink<ThreadControl>, Timeout {
    // The scheduler's part. The bytes come first: they lie where the timeout's own bytes leave room in their word.
    std::uint8_t holds;          ///< a set of `Hold`
    std::uint8_t priority;       ///< what the scheduler goes by: `base_priority`, or more by inheritance
    std::uint8_t base_priority;  ///< what it was given
    WakeReason wake_reason;      ///< of the latest wake-up
    bool detached;               ///< nobody will join it
    arch::Ticks slice;           ///< how long it runs before an equal takes its turn
    [[no_unique_address]] sched::Policy::ThreadState sched;
    [[no_unique_address]] ThreadPlacement placement;
    [[no_unique_address]] WaitSharing wait;

    ThreadId id;                 ///< 0 while the record is free
    Waiter* places;              ///< while blocked: where it stands, or null; then: where it was woken, or null
    MutexCore* wanted;           ///< the mutex that it waits for, or null
    MutexCore* owned;            ///< the mutexes of its own that bear on its priority or its end, a list
    WaitQueue joiners;           ///< those who wait for its end
    [[no_unique_address]] WaitLock lock;  ///< of `joiners`
    void* result;                ///< what its function returned, in place, once finished; null if nothing
    Stack stack;             ///< all of it, the closure's place included
    std::array<char, config::thread_name_max + 1> name;

    [[no_unique_address]] ThreadAccount account;

    [[nodiscard]] bool finished() const noexcept { return (holds & hold_finished) != 0; }
};

}  // namespace pegplan::kernel
