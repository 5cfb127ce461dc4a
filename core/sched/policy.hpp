// What a scheduling policy is: the rule by which a CPU chooses among its ready threads.
//
// A policy is a type with two members: `ThreadState`, what it keeps in each thread, and `RunQueue<Thread>`, the ready
// threads of one CPU. The menu picks one; the generated header <pegplan/config/policy.hpp> names it
// `pegplan::sched::Policy`, and nothing is called indirectly. A policy is pure logic over its `Thread` parameter (a
// ring link, `priority`, and `sched` of its ThreadState), so that tests run it without a kernel.
//
// The running thread stays in the run queue, in front of its rank: preempting it costs nothing, and it goes on in
// front when the more urgent thread is done. All calls are made with the CPU's scheduler lock held.
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

}  // namespace pegplan::sched
