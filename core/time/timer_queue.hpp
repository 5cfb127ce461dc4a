// The deadlines of one CPU: every sleep and every wait with a time limit is one entry, in order of deadline, equal
// deadlines in the order in which they were made.
//
// A red-black tree with its smallest node cached: looking at the next deadline is one load, setting and cancelling
// are O(log n) in the worst case however many threads sleep. The CPU's lock protects it.
#pragma once

#include "arch/port.hpp"
#include "core/base/rb_tree.hpp"

#include <pegplan/config/smp.hpp>
#include <pegplan/config/time.hpp>

#include <atomic>
#include <type_traits>

namespace pegplan::kernel {

class TimerQueue;

/// In which queue an entry is, or was last, where each CPU has one. Atomic, and relaxed, since a periodic timer that expires is put back where
/// it was while somebody reads that, to know which domain to lock.
class TimeoutPlace {
public:
    void set(TimerQueue& queue) noexcept { queue_.store(&queue, std::memory_order_relaxed); }
    [[nodiscard]] bool is_set() const noexcept { return queue_.load(std::memory_order_relaxed) != nullptr; }
    [[nodiscard]] const TimerQueue& get() const noexcept { return *queue_.load(std::memory_order_relaxed); }
    TimerQueue& get(TimerQueue&) const noexcept { return *queue_.load(std::memory_order_relaxed); }

private:
    std::atomic<TimerQueue*> queue_;
};

/// The same on one CPU.
struct LoneTimeoutPlace {
    static void set(TimerQueue&) noexcept {}
    static TimerQueue& get(TimerQueue& only) noexcept { return only; }
};

/// What the entries are linked by (Kconfig COMPACT_TIMEOUTS).
template <class T>
using TimeoutLink = std::conditional_t<config::compact_timeouts, ShortPointer<T>, PlainPointer<T>>;

/// An entry of a timer queue; what waits derives from it.
struct Timeout : RbNode<Timeout, TimeoutLink> {
    arch::Ticks deadline;
    [[no_unique_address]] std::conditional_t<config::smp, TimeoutPlace, LoneTimeoutPlace> place;
    bool is_timer;  ///< a timer's (<pegplan/timer.hpp>); else that of a blocked thread
};

class TimerQueue {
public:
    /// Returns whether `timeout` is now the next to expire.
    bool insert(Timeout& timeout, arch::Ticks deadline) noexcept
    {
        timeout.deadline = deadline;
        timeout.place.set(*this);
        return tree_.insert(timeout);
    }

    /// Takes an entry out of the queue in which it is: `only`, if there is but one.
    static void cancel(Timeout& timeout, TimerQueue& only) noexcept
    {
        timeout.place.get(only).tree_.remove(timeout);
    }

    /// The entry that expires next, or null.
    [[nodiscard]] Timeout* next() const noexcept { return tree_.smallest(); }

    /// The next deadline, or `no_deadline`.
    [[nodiscard]] arch::Ticks next_deadline() const noexcept
    {
        const Timeout* const first = next();
        return first != nullptr ? first->deadline : arch::no_deadline;
    }

    /// Takes out and returns an entry whose deadline is not after `now`, the earliest first, or null.
    Timeout* pop_expired(arch::Ticks now) noexcept
    {
        Timeout* const next = tree_.smallest();
        if (next == nullptr || next->deadline > now) {
            return nullptr;
        }
        tree_.remove(*next);
        return next;
    }

private:
    struct Earlier {
        bool operator()(const Timeout& a, const Timeout& b) const noexcept { return a.deadline < b.deadline; }
    };

    RbTree<Timeout, Earlier, TimeoutLink> tree_;
};

}  // namespace pegplan::kernel
