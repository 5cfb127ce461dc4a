// What mutexes mean for the priorities of threads, and for threads that end.
//
// A thread deserves its base priority, or that of the most urgent thread which waits for a mutex that it owns
// (inheritance), or the ceiling of a mutex that it owns (ceiling; MUTEX_PROTOCOL in the menu). `owned` of its record lists
// the mutexes that count: with inheritance those for which somebody waits, so that the fast paths need not touch it; with ceilings
// all; robust mutexes always. When something changes, the priority of one thread is computed anew; if it is
// different and the thread itself waits for a mutex, the owner of that is next, and so on to the end of the chain, or
// for MUTEX_INHERITANCE_DEPTH threads. A priority that is lent is given back in the same way. After Sha, Rajkumar and Lehoczky, "Priority
// inheritance protocols: an approach to real-time synchronization", IEEE Trans. Computers 39(9), 1990.
//
// Invariant, outside of critical sections: thread.priority is what the thread deserves, if no chain is longer than
// the menu allows. In longer ones a change in the middle may lend beyond what a change at the end reaches: such a priority
// goes back when its owner leaves a mutex, at the latest. All calls are made with the inheritance lock held: it protects all that is said
// here, the wait queues of all mutexes, and who is lent what. `priority` and `base_priority` change with that lock and the one of the
// thread's domain held, and may be read with either.
#pragma once

#include "core/sched/cpu.hpp"

#include <pegplan/mutex.hpp>

#include <cstdint>

namespace pegplan::kernel {

/// Gives `thread`, and those for whose mutexes it waits, the priorities that they deserve.
void update_priority(Cpu& cpu, ThreadControl& thread) noexcept;

/// Changes what `thread` was given.
void set_base_priority(Cpu& cpu, ThreadControl& thread, std::uint8_t priority) noexcept;

/// `thread` ends: its robust mutexes go to those who wait for them, or tell the next who comes. Panics when somebody
/// waits for one that is not robust.
void abandon_mutexes(Cpu& cpu, ThreadControl& thread) noexcept;

}  // namespace pegplan::kernel
