// What a CPU does when it has left all locks, and how waits end where there are several CPUs.
//
// A waker holds a primitive's lock. It takes the first place out of the queue whose thread's claim it gets (core/sync/wait_claim.hpp), gives
// the thread what it waits for, and puts it into its CPU's chain `woken`. Only when it has left the primitive's lock does it ready
// the threads of the chain, each under the lock of its domain. Hence
//   - no lock of a primitive is held while another thread's domain is waited for;
//   - a thread that is woken finds the primitive's state complete, and its waker touches the primitive no more: it may destroy
//     that at once. So may the waker, behind its call, since a woken thread does not come back to the primitive.
//
// When a deadline passes, the timer's interrupt takes the thread's claim under the domain's lock, leaves that, and takes out the
// thread's places one by one, each under its queue's lock. The thread is blocked until then, so its places are alive. It is the same with
// a thread that has waited for several things: it takes out the places at which it was not woken itself. A waker that meets such a place
// takes it out as well, and goes on to the next.
//
// A thread that waits may be given another priority meanwhile: then its places are put where they belong (`sort_places`), with the thread
// pinned, which means that it is not readied before that is done.
//
// A thread that ends runs on its own stack up to the switch, and its record and stack belong to its joiner when it has ended. So the thread
// that runs next on that CPU says that it has ended (`ended`).
#pragma once

#include "core/sched/cpu.hpp"

#include <pegplan/board/arch.hpp>

namespace pegplan::kernel {

/// Does all that the calling CPU has put off until it holds no lock: says that a thread has ended, readies woken threads, moves those
/// that may not stay here and, if another thread must run than does and this is no ISR, switches to that. Masked.
void settle() noexcept;

/// Puts a thread whose claim the caller has taken where `settle` finds it.
void put_off_wake(Cpu& here, ThreadControl& thread, Waiter* through, WakeReason reason) noexcept;

/// The last `count` threads that the caller's section has put there get nothing after all, and wait again.
void revoke_wakes(Cpu& here, int count) noexcept;

/// Puts a ready thread, which stands in no run queue and is `homeless`, where `settle` finds it. Its domain is locked.
void put_off_move(Cpu& here, ThreadControl& thread) noexcept;

/// The deadline of a thread, whose claim the caller has taken, has passed. In the timer's interrupt, with nothing locked.
void end_timed_out(ThreadControl& thread) noexcept;

/// Puts a pinned thread's places where they belong by its priority. The inheritance lock is held.
void sort_places(Waiter* places, std::uint8_t priority) noexcept;

/// Takes a place out of its queue if it stands there. Masked.
void withdraw(Waiter& place) noexcept;

}  // namespace pegplan::kernel
