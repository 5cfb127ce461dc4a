// The critical section of a primitive, and what happens in it: threads block, and threads are woken.
//
//     void Gate::pass_slowly() noexcept
//     {
//         Section section{lock_};
//         if (!open_) {
//             Waiter place{waiters_};
//             section.wait(place, Deadline::never());
//         }
//     }
//
//     void Gate::open() noexcept
//     {
//         Section section{lock_};
//         open_ = true;
//         while (Waiter* const waiter = claim_front(waiters_)) {
//             section.wake(*waiter);
//         }
//     }   // whoever is the most urgent now runs here
//
// From the begin of a section to its end, or to the wait in it, nobody else changes the primitive. So a condition that has been found
// false stays false until the thread stands in the queue: no wake-up is lost. On one CPU no timeout expires in between either:
// a wake-up and a time-out are decided once, because both take the thread out of all its queues and out of the timer queue in
// one piece, and only the first of them finds it there.
//
// Where there are several CPUs, a place in a queue may be that of a thread whose wait has ended otherwise, and who has not come yet to
// take it out. So wakers ask for the first that is to be had (`claim_front`) rather than for the first. And a wait ends the section as
// far as the primitive is concerned, since whoever has woken the thread may have destroyed that: those who know that it is
// still there go on with `resume`.
#pragma once

#include "core/sched/scheduler.hpp"
#include "core/smp/settle.hpp"

#include <pegplan/deadline.hpp>

#include <type_traits>

namespace pegplan::kernel {

/// The name of the lock under which threads compete for mutexes, and have priorities because of them.
struct InheritanceLock {};
inline constexpr InheritanceLock inheritance_lock{};

/// The lock that a section holds, between CPUs.
class HeldLock {
public:
    explicit HeldLock(const WaitLock& name) noexcept : lock_{&primitive_lock_of(&name)} { retake(); }
    explicit HeldLock(InheritanceLock) noexcept : lock_{&the_inheritance_lock()} { retake(); }

    void retake() noexcept
    {
        if (!held_) {
            take(*lock_);
            held_ = true;
        }
    }
    void release() noexcept
    {
        if (held_) {
            held_ = false;
            give(*lock_);
        }
    }
    void note_in(Waiter& place) const noexcept { note(place.sharing); }

private:
    template <class Sharing>
    void note(Sharing& sharing) const noexcept
    {
        if constexpr (config::smp) {
            sharing.lock = lock_;
        }
    }

    PrimitiveLock* lock_;
    bool held_ = false;
};

/// The same on one CPU.
class NoHeldLock {
public:
    explicit NoHeldLock(const WaitLock&) noexcept {}
    explicit NoHeldLock(InheritanceLock) noexcept {}
    static void retake() noexcept {}
    static void release() noexcept {}
    static void note_in(Waiter&) noexcept {}
};

/// Whether the calling CPU has put anything off until it holds no lock.
template <class C>
[[gnu::always_inline]] inline bool has_put_off(const C& cpu) noexcept
{
    return cpu.reschedule || cpu.sharing.woken.first != nullptr || cpu.sharing.evicted.first != nullptr || cpu.sharing.ended != nullptr;
}

/// The end of any critical section: if it has readied a thread that must run, that thread runs. In an ISR that waits for the
/// ISR's end. Masked.
template <class C = Cpu>
[[gnu::always_inline]] inline void end_section() noexcept
{
    C& cpu = this_cpu();
    if constexpr (config::smp) {
        if (has_put_off(cpu)) {
            settle();
        }
    } else {
        reschedule(cpu);
    }
}

/// A critical section for what concerns threads and no primitive. It locks no domain: that is for those who know whose.
class SchedulerSection {
public:
    [[gnu::always_inline]] SchedulerSection() noexcept : state_{arch::Port::irq_save()} {}
    [[gnu::always_inline]] ~SchedulerSection()
    {
        end_section();
        arch::Port::irq_restore(state_);
    }
    SchedulerSection(const SchedulerSection&) = delete;
    SchedulerSection& operator=(const SchedulerSection&) = delete;

private:
    arch::IrqState state_;
};

/// A lock of the same kind for data beside which nobody waits: nothing is put off in it.
class QuietSection {
public:
    [[gnu::always_inline]] explicit QuietSection(const WaitLock& lock) noexcept : held_{lock} {}
    [[gnu::always_inline]] ~QuietSection() { held_.release(); }
    QuietSection(const QuietSection&) = delete;
    QuietSection& operator=(const QuietSection&) = delete;

private:
    InterruptMask masked_;
    [[no_unique_address]] std::conditional_t<config::smp, HeldLock, NoHeldLock> held_;
};

/// The name of a section in which nobody is woken.
struct WakesNobody {};
inline constexpr WakesNobody wakes_nobody{};

class Section {
public:
    [[gnu::always_inline]] explicit Section(const WaitLock& lock) noexcept : state_{arch::Port::irq_save()}, held_{lock} {}
    [[gnu::always_inline]] explicit Section(const WaitLock& lock, WakesNobody) noexcept
        : state_{arch::Port::irq_save()}, settled_{true}, held_{lock}
    {
    }
    [[gnu::always_inline]] explicit Section(InheritanceLock lock) noexcept : state_{arch::Port::irq_save()}, held_{lock} {}

    /// Ends it; if it has readied a thread that must run, that thread runs. In an ISR that waits for the ISR's end.
    [[gnu::always_inline]] ~Section()
    {
        held_.release();
        if (config::smp || !settled_) {
            end_section();
        }
        arch::Port::irq_restore(state_);
    }
    Section(const Section&) = delete;
    Section& operator=(const Section&) = delete;

    /// The running thread.
    [[nodiscard]] ThreadControl& self() const noexcept { return *this_cpu().current; }

    /// Blocks the running thread at `place`, until that is woken or the deadline has passed. From threads only: panics in an
    /// ISR. Others hold the primitive meanwhile, and afterwards too: see `resume`.
    WakeReason wait(Waiter& place, Deadline deadline) noexcept
    {
        if (deadline.has_passed()) {
            return WakeReason::timed_out;
        }
        return block(place, deadline);
    }

    /// The same as the last thing that happens in the section: nobody is woken in it any more, here or by others for the caller.
    [[gnu::always_inline]] WakeReason wait_and_leave(Waiter& place, Deadline deadline) noexcept
    {
        if (deadline.has_passed()) {
            return WakeReason::timed_out;
        }
        settled_ = true;
        return block(place, deadline);
    }

    /// As `wait`; a deadline that has passed ends the wait as any other does.
    template <class Place>
    [[gnu::always_inline]] WakeReason block(Place& place, Deadline deadline) noexcept
    {
        if constexpr (config::smp) {
            held_.note_in(place);
            enter_wait(&place, deadline.ticks());
            held_.release();
            return leave_wait();
        } else {
            return wait_at(place, deadline.ticks());
        }
    }

    /// The same in two steps, between which the thread runs on, and may end critical sections of other primitives: so that a mutex is
    /// left and a wait begun in one piece. The lock is held until `leave` or `release`.
    void enter(Waiter& place, Deadline deadline) noexcept
    {
        held_.note_in(place);
        enter_wait(&place, deadline.ticks());
        pause_wait();
    }
    void release() noexcept { held_.release(); }
    WakeReason leave() noexcept
    {
        held_.release();
        return leave_paused_wait();
    }

    /// Goes on with the primitive after a wait, if it is still there.
    void resume() noexcept { held_.retake(); }

    /// Ends the wait of the thread that stands at `waiter`, which has been claimed. From threads and ISRs.
    template <class Place>
    [[gnu::always_inline]] void wake(Place& waiter) noexcept
    {
        if constexpr (!config::smp) {
            wake_quickly(this_cpu(), waiter);
        } else {
            kernel::wake(this_cpu(), *waiter.thread, &waiter, WakeReason::woken);
        }
    }

    /// The same as the last thing that happens in the section, in which nobody else is woken.
    template <class Place>
    [[gnu::always_inline]] void wake_and_leave(Place& waiter) noexcept
    {
        if constexpr (!config::smp) {
            settled_ = wake_at_once(this_cpu(), waiter);
        } else {
            wake(waiter);  // the section ends as any other
        }
    }

private:
    arch::IrqState state_;
    bool settled_ = false;  ///< its end finds nothing to do: known to the compiler, which leaves out the question
    [[no_unique_address]] std::conditional_t<config::smp, HeldLock, NoHeldLock> held_;
};

}  // namespace pegplan::kernel
