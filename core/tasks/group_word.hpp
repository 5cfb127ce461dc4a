// The state of a group of tasks in one word: how many are still to be done, and who waits for that.
//
// Whoever has done the last task learns from the same operation that counts it whom to wake. So it need not look into the group
// any more, which may be gone by then: a waiter that finds the count at zero goes on.
//
// Invariants
//   I1  The low half of the word counts the tasks that have been added and have not finished. A task is added before anybody else
//       can see it.
//   I2  The waiter is written by the one who waits, for himself, while there is nobody else's. Exactly the one finish() that brings
//       the count to zero finds him; if none did, because the count was zero when he entered himself, he has been told so.
//
// Memory orders
//   - finish releases, and who finds the count at zero acquires: all that the tasks have done is there. The operations in between
//     are read-modify-writes, so they continue the release sequence of each task.
//   - begin_wait releases, and the finish that finds the waiter acquires: so his event is set after he has unset it the last time, and not
//     merged with a wake-up that he has answered already.
//   - All others are relaxed: one word has one modification order, so of begin_wait and the last finish the later one sees the
//     earlier one; and what the tasks see of what was before, the queue that carries them orders.
//
// Model test: tests/model/task_group_test.cpp.
#pragma once

#include <pegplan/lockfree/atomics.hpp>

#include <cstdint>

namespace pegplan::kernel {

/// Who waits for a group: nobody, worker n (as n + 1), or a thread that is no worker.
using GroupWaiter = std::uint16_t;
inline constexpr GroupWaiter no_waiter = 0;
inline constexpr GroupWaiter thread_waits = 0xffff;

template <class Atomics = StdAtomics>
class GroupWord {
public:
    constexpr GroupWord() noexcept = default;
    GroupWord(const GroupWord&) = delete;
    GroupWord& operator=(const GroupWord&) = delete;

    /// One task more, of a worker.
    void add() noexcept { word_.fetch_add(one, std::memory_order_relaxed); }

    /// One task more, of somebody who is no worker. False: a worker waits for the group, and would not do that task.
    [[nodiscard]] bool add_guest() noexcept
    {
        Word before = word_.fetch_add(one, std::memory_order_relaxed);
        if ((before & guests) == 0) {
            before = word_.fetch_or(guests, std::memory_order_relaxed);
        }
        return waiter_of(before) == no_waiter || waiter_of(before) == thread_waits;
    }

    /// One less. Returns whom to wake. The group may be gone, unless a thread waits that has not been woken yet.
    [[nodiscard]] GroupWaiter finish() noexcept
    {
        const Word before = word_.fetch_sub(one, std::memory_order_acq_rel);
        return count_of(before) == 1 ? waiter_of(before) : no_waiter;
    }

    /// Nothing is left to do, nobody waits, and there is nothing to be forgotten by end_wait.
    [[nodiscard]] bool is_untouched() const noexcept { return word_.load(std::memory_order_acquire) == 0; }

    [[nodiscard]] bool is_done() const noexcept { return count_of(word_.load(std::memory_order_acquire)) == 0; }

    enum class Wait : std::uint8_t {
        done,     ///< there was nothing left to do: nobody will wake the waiter
        pending,  ///< the last task's finish() will name the waiter
        taken,    ///< somebody else waits
        guests,   ///< there are tasks of threads that are no workers, and a worker wants to wait
    };

    /// The caller waits; `again`: as it has said before.
    [[nodiscard]] Wait begin_wait(GroupWaiter waiter, bool again) noexcept
    {
        const Word before = word_.fetch_or(Word{waiter} << waiter_shift, std::memory_order_acq_rel);
        if (waiter_of(before) != (again ? waiter : no_waiter)) {
            return Wait::taken;
        }
        if (count_of(before) == 0) {
            return Wait::done;
        }
        return (before & guests) != 0 && waiter != thread_waits ? Wait::guests : Wait::pending;
    }

    /// The waiter goes on. What has been added meanwhile stays.
    void end_wait() noexcept { word_.fetch_and(count_mask, std::memory_order_relaxed); }

private:
    using Word = std::uint64_t;

    static constexpr Word one = 1;
    static constexpr Word count_mask = 0xffff'ffff;
    static constexpr int waiter_shift = 32;
    static constexpr Word guests = Word{1} << 48;

    static constexpr Word count_of(Word word) noexcept { return word & count_mask; }
    static constexpr GroupWaiter waiter_of(Word word) noexcept { return static_cast<GroupWaiter>(word >> waiter_shift); }

    typename Atomics::template atomic<Word> word_{0};
};

}  // namespace pegplan::kernel
