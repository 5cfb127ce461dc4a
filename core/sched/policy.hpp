// What a scheduling policy is: the rule by which a CPU chooses among its ready threads.
//
// A policy is a type with two members: `ThreadState`, what it keeps in each thread, and `RunQueue<Thread>`, the ready
// threads of one CPU. The menu picks one; the generated header <pegplan/config/policy.hpp> names it
// `pegplan::sched::Policy`, and nothing is called indirectly. A policy is pure logic over its `Thread` parameter (a
// ring link, `priority`, `slice`, and `sched` of its ThreadState), so that tests run it without a kernel.
//
// The running thread stays in the run queue, in front of its rank: preempting it costs nothing, and it goes on in
// front when the more urgent thread is done. All calls are made with the lock of the CPU's domain held.
#pragma once

#include <concepts>
#include <cstdint>

namespace pegplan::sched {

/// What a search through ready threads makes of one of them.
enum class Search : std::uint8_t {
    take,  ///< that one
    pass,  ///< not that one
    stop,  ///< none that is as urgent or less
};

/// A moment or a time span in the unit of the kernel's clock.
using Ticks = std::uint64_t;

/// A moment that never comes.
inline constexpr Ticks never = ~Ticks{0};

template <class P, class Thread>
concept SchedulerPolicy = requires(typename P::template RunQueue<Thread>& queue,
                                   const typename P::template RunQueue<Thread>& reader, Thread& thread) {
    typename P::ThreadState;

    // `thread` has become ready: it goes behind its equals.
    { queue.enqueue(thread) } noexcept -> std::same_as<void>;
    // `thread` is no longer ready.
    { queue.dequeue(thread) } noexcept -> std::same_as<void>;
    // `thread`, which is ready, gets another priority, which the call stores: it goes behind its new equals or, if it
    // is running and the third argument says so, in front of them.
    { queue.change_priority(thread, std::uint8_t{}, bool{}) } noexcept -> std::same_as<void>;
    // The thread that should run, or null when none is ready.
    { reader.pick() } noexcept -> std::same_as<Thread*>;
    // The running thread, ready and in front, gives its equals a turn (it yields, or its slice is over). Returns the
    // thread that should run now, given that nobody more urgent is ready.
    { queue.rotate(thread) } noexcept -> std::same_as<Thread&>;
    // Whether `thread` must take the CPU from the second one, which is running, at once.
    { reader.should_preempt(thread, thread) } noexcept -> std::same_as<bool>;
    // The first ready thread, in the order in which `pick` would return them if they were taken out one by one, of which the
    // argument says `take`; null if it says `stop` before, or never. For CPUs that take over threads from each other.
    { reader.find([](const Thread&) { return Search::stop; }) } noexcept -> std::same_as<Thread*>;
    // Whether equals of `thread`, which is ready, are ready too, so that its time slice counts. The idle thread, which
    // is in no run queue, is linked to itself alone.
    { P::template RunQueue<Thread>::must_share(thread) } noexcept -> std::same_as<bool>;
};

/// A policy that goes by how long threads have run. The scheduler tells its run queue the time (`advance`) before anything else is
/// asked of it in a critical section, and wakes it up at the moment for which it asks (`next_event`). What time passes between
/// `advance` and the switch that follows counts for the thread that is switched to. For other policies none of this exists.
///
/// Its run queue may hold back threads that are ready: `pick` does not return them before their time.
template <class P, class Thread>
concept TimedPolicy = SchedulerPolicy<P, Thread> && requires(typename P::template RunQueue<Thread>& queue,
                                                             const typename P::template RunQueue<Thread>& reader, Thread& thread) {
    // It is the second argument; `thread` has been on the CPU since the previous call. It may be one that is not in the queue
    // any more, or the idle thread, which never was. Afterwards another thread may have to run. A time before the
    // previous one, as counters of two CPUs may give, counts as that.
    { queue.advance(thread, Ticks{}) } noexcept -> std::same_as<void>;
    // When the queue must be told the time at the latest while `thread`, or the idle thread, runs; `never` if it need not be.
    { reader.next_event(thread) } noexcept -> std::same_as<Ticks>;
    // The running thread, ready, yields. Anybody may be the one that should run now, or nobody.
    { queue.yield(thread) } noexcept -> std::same_as<void>;
};

}  // namespace pegplan::sched
