// How workers without work go to sleep, and how those who have made some wake them: nobody sleeps while there is something for him
// that nobody is on his way to.
//
//     worker                                        whoever has put a task into a queue
//         looks everywhere, finds nothing
//         announces that it will sleep                  seq_cst fence
//         seq_cst fence                                 claims one of those who have announced it, if there is any,
//         looks everywhere once more                       and sets his event
//         sleeps until its event is set
//
// This is Dekker's argument: each side writes and then reads what the other one writes. Of the two fences one is first. If it is the
// worker's, the other side finds the announcement; else the worker finds the task when it looks again. (An event count, in two
// phases; compare Eigen's EventCount and futexes.)
//
// An event is binary and may be set once too often: a worker that finds nothing on waking goes round once more.
//
// There are two kinds of sleepers. `idle` ones have nothing under way, and do any task. `waiting` ones wait for a group inside of a
// task, and do no task of the inbox (a job of its own, which would keep them); their event is set when the group is done, too.
//
// Invariants
//   I1  A worker is in the set from announce() to retract(), or until somebody claims it: exactly one does. From then on the event is
//       set or about to be.
//   I2  Who adds a task to a queue claims a sleeper that may do it, unless there is none. Who has been claimed looks for a task
//       after that, or claims somebody in its place: what it has found on looking again, before it was claimed, was another task. So as
//       many are awake and looking as there are tasks, or nobody sleeps who may do them.
//   I3  Who takes a task from the inbox claims another sleeper: an idle one may have been woken for a task in a deque, and found this
//       one; and a producer that was preempted in the inbox (MpmcQueue) has hidden what others put behind it, whose sleeper has found
//       nothing.
//
// Memory orders
//   - The two fences, as above.
//   - Announcing releases, and claiming acquires: so the event is set after it was unset the last time, and not merged with what the
//     worker has answered already.
//   - All else is relaxed: a bit says that somebody sleeps, and nothing else. What is in a task is ordered by the queue that
//     carries it.
//
// Progress: announce, retract are wait-free; claim is repeated only when somebody else has claimed the same one.
//
// Model test: tests/model/parking_test.cpp.
#pragma once

#include "core/smp/sleepers.hpp"

#include <pegplan/lockfree/atomics.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace pegplan::kernel {

/// What a worker does in its sleep.
enum class Sleep : std::uint8_t {
    idle,     ///< nothing is under way: it does whatever comes
    waiting,  ///< it waits for a group: it does what other workers have
};

template <std::size_t count, class Atomics = StdAtomics>
class Parking {
public:
    /// What came of going to sleep.
    template <class Task>
    struct Parked {
        Task* task = nullptr;  ///< found on looking again: the worker has not slept
        bool claimed = false;  ///< for a task that has come since; unless it looks for one next, it calls claim_for_task
    };

    /// Puts worker `self`, which has found nothing, to sleep. `look()` looks for a task once more; `sleep()` returns when the event
    /// of this worker is set, and unsets it.
    template <class Look, class Rest>
    auto park(std::size_t self, Sleep kind, Look look, Rest sleep) noexcept
    {
        SleeperSet<count, Atomics>& set = kind == Sleep::idle ? idle_ : waiting_;
        set.add(self);
        Atomics::fence(std::memory_order_seq_cst);
        auto* const task = look();
        if (task == nullptr) {
            sleep();
        }
        return Parked<std::remove_reference_t<decltype(*task)>>{task, !set.remove(self)};
    }

    /// A task has been put into a worker's deque. Returns whose event to set, if anybody's: one of `near` if there is any.
    std::optional<std::size_t> claim_for_task(const WorkerMask<count>& near) noexcept
    {
        Atomics::fence(std::memory_order_seq_cst);
        if (const std::optional<std::size_t> worker = claim(idle_, near)) {
            return worker;
        }
        return claim(waiting_, near);
    }

    /// The same for a task in the inbox.
    std::optional<std::size_t> claim_for_job(const WorkerMask<count>& near) noexcept
    {
        Atomics::fence(std::memory_order_seq_cst);
        return claim(idle_, near);
    }

private:
    using Set = SleeperSet<count, Atomics>;

    static constexpr WorkerMask<count> everybody() noexcept
    {
        WorkerMask<count> mask{};
        mask.fill(~std::uint64_t{0});
        return mask;
    }

    static std::optional<std::size_t> claim(Set& set, const WorkerMask<count>& near) noexcept
    {
        const std::optional<std::size_t> worker = set.claim(near);
        return worker ? worker : set.claim(everybody());
    }

    Set idle_;
    Set waiting_;
};

}  // namespace pegplan::kernel
