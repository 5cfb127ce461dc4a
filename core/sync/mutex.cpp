// The mutex: one compare-and-exchange when nobody competes, the wait queue when somebody does.
#include <pegplan/mutex.hpp>

#include "core/sched/section.hpp"
#include "core/sync/priority_inheritance.hpp"

namespace pegplan::kernel {

namespace {

std::uintptr_t word_of(const ThreadControl& thread) noexcept
{
    return reinterpret_cast<std::uintptr_t>(&thread);
}

void push_owned(ThreadControl& owner, MutexCore& mutex) noexcept
{
    mutex.next_owned = owner.owned;
    owner.owned = &mutex;
}

void remove_owned(ThreadControl& owner, const MutexCore& mutex) noexcept
{
    MutexCore** link = &owner.owned;
    while (*link != &mutex) {
        link = &(*link)->next_owned;
    }
    *link = mutex.next_owned;
}

}  // namespace

/// For the destructor.
void MutexCore::refuse_if_locked() const noexcept
{
    static_assert(flags < thread_alignment, "the flags are bits that addresses of threads do not have");
    invariant(!is_locked(), "a mutex was destroyed while it was locked");
}

// ---- without competition -------------------------------------------------------------------------------------------

inline bool MutexCore::take_if_free() noexcept
{
    ensure(!in_isr(), "a mutex was locked in an interrupt handler");
    std::uintptr_t expected = 0;
    return word_.compare_exchange_strong(expected, word_of(running_thread()), std::memory_order_acquire,
                                         std::memory_order_relaxed);
}

bool MutexCore::try_lock() noexcept
{
    if (take_if_free()) [[likely]] {
        return true;
    }
    return (word_.load(std::memory_order_relaxed) & tracked) != 0 &&
           lock_slowly(Deadline::immediately()) == LockOutcome::locked;
}

void MutexCore::lock() noexcept
{
    if (!take_if_free()) [[unlikely]] {
        static_cast<void>(lock_slowly(Deadline::never()));
    }
}

LockOutcome MutexCore::lock_by(Deadline deadline) noexcept
{
    return take_if_free() ? LockOutcome::locked : lock_slowly(deadline);
}

void MutexCore::unlock() noexcept
{
    ensure(!in_isr(), "a mutex was unlocked in an interrupt handler");
    std::uintptr_t expected = word_of(running_thread());
    if (!word_.compare_exchange_strong(expected, 0, std::memory_order_release, std::memory_order_relaxed)) [[unlikely]] {
        unlock_slowly();
    }
}

bool MutexCore::is_held_by_caller() const noexcept
{
    return !in_isr() && owner() == &running_thread();  // a handler is not the thread that it has interrupted
}

// ---- with competition, or tracked ----------------------------------------------------------------------------------

namespace {

/// The owner may have ended long ago, and its record be free or another thread's.
bool is_alive(const ThreadControl& owner) noexcept
{
    Cpu& cpu = lock_domain_of(owner);
    const bool alive = owner.id && !owner.finished();
    unlock_domain(cpu);
    return alive;
}

}  // namespace

LockOutcome MutexCore::lock_slowly(Deadline deadline) noexcept
{
    Section section{inheritance_lock};
    Cpu& cpu = this_cpu();
    invariant(!cpu.in_isr, "a mutex was locked in an interrupt handler");
    ThreadControl& self = section.self();
    std::uintptr_t seen = word_.load(std::memory_order_relaxed);
    for (;;) {
        // Only the fast paths can still change the word: from "free" to "owned" and back.
        if (owner_of(seen) == nullptr) {
            if ((seen & waiters) != 0) {
                return LockOutcome::not_recoverable;
            }
            if (word_.compare_exchange_weak(seen, seen | word_of(self), std::memory_order_acquire,
                                            std::memory_order_relaxed)) {
                take(cpu, self);
                return (seen & died) != 0 ? LockOutcome::owner_died : LockOutcome::locked;
            }
        } else {
            if (deadline.has_passed()) {
                return LockOutcome::timed_out;
            }
            invariant(owner_of(seen) != &self, "a thread locks a mutex that it holds");
            // The owner will see the flag when leaving.
            if (word_.compare_exchange_weak(seen, seen | waiters, std::memory_order_relaxed, std::memory_order_relaxed)) {
                break;
            }
        }
    }
    ThreadControl& owner = *owner_of(seen);
    invariant(is_alive(owner), "a thread waits for a mutex whose owner has ended");
    if ((seen & (waiters | tracked)) == 0) {
        push_owned(owner, *this);
    }
    Waiter place{waiters_};
    self.wanted = this;
    section.enter(place, deadline);
    update_priority(cpu, owner);
    switch (section.leave()) {
    case WakeReason::woken: return LockOutcome::locked;  // the one who left handed it over
    case WakeReason::owner_died: return LockOutcome::owner_died;
    case WakeReason::broken: return LockOutcome::not_recoverable;
    case WakeReason::timed_out:
    case WakeReason::again: break;
    }
    return LockOutcome::timed_out;
}

void MutexCore::unlock_slowly() noexcept
{
    const Section section{inheritance_lock};
    invariant(!this_cpu().in_isr, "a mutex was unlocked in an interrupt handler");
    leave(this_cpu());
}

void MutexCore::leave_to_wait() noexcept
{
    if constexpr (config::smp) {
        unlock_slowly();
    } else {
        leave(this_cpu());  // the critical section of the wait goes on
    }
}

void MutexCore::leave(Cpu& cpu) noexcept
{
    ThreadControl& self = *cpu.current;
    const std::uintptr_t word = word_.load(std::memory_order_relaxed);
    invariant(owner_of(word) == &self, "a thread unlocks a mutex that it does not hold");
    if ((word & (waiters | tracked)) != 0) {
        remove_owned(self, *this);
    }
    if ((word & died) != 0) [[unlikely]] {
        give_up(cpu);
    } else {
        hand_over(cpu, false);
    }
    update_priority(cpu, self);
}

/// A tracked mutex has got an owner.
void MutexCore::take(Cpu& cpu, ThreadControl& thread) noexcept
{
    if ((word_.load(std::memory_order_relaxed) & tracked) != 0) {
        push_owned(thread, *this);
        if constexpr (config::mutex_ceiling) {
            invariant(thread.base_priority <= ceiling_.level,
                      "a thread of priority {} locks a mutex whose ceiling is {}", thread.base_priority, ceiling_.level);
            update_priority(cpu, thread);
        }
    }
}

/// As claim_front. Those whose time limit has passed do not want it any more either.
Waiter* MutexCore::claim_first() noexcept
{
    while (Waiter* const waiter = waiters_.front()) {
        waiter->thread->wanted = nullptr;
        if (claim(waiters_, *waiter)) {
            return waiter;
        }
    }
    return nullptr;
}

/// Gives it to the first waiter, or to nobody.
void MutexCore::hand_over(Cpu& cpu, bool owner_died) noexcept
{
    const std::uintptr_t kept = (word_.load(std::memory_order_relaxed) & (tracked | robust)) | (owner_died ? died : 0);
    Waiter* const next = claim_first();
    if (next == nullptr) {
        word_.store(kept, std::memory_order_release);
        return;
    }
    ThreadControl& heir = *next->thread;
    wake(cpu, heir, next, owner_died ? WakeReason::owner_died : WakeReason::woken);
    const std::uintptr_t others = waiters_.empty() ? 0 : waiters;
    word_.store(word_of(heir) | kept | others, std::memory_order_relaxed);  // what was written reaches the heir through the lock
    if ((kept & tracked) != 0) {
        take(cpu, heir);
    } else if (others != 0) {
        // They are no more urgent than the heir, who so deserves no other priority than before.
        push_owned(heir, *this);
    }
}

/// Nobody will have it again.
void MutexCore::give_up(Cpu& cpu) noexcept
{
    word_.store((word_.load(std::memory_order_relaxed) & (tracked | robust | died)) | waiters, std::memory_order_release);
    while (Waiter* const waiter = claim_first()) {
        wake(cpu, *waiter->thread, waiter, WakeReason::broken);
    }
}

void MutexCore::waiter_left(Cpu& cpu) noexcept
{
    const std::uintptr_t word = word_.load(std::memory_order_relaxed);
    ThreadControl& owner = *owner_of(word);
    if (waiters_.empty()) {
        word_.fetch_and(~waiters, std::memory_order_relaxed);
        if ((word & tracked) == 0) {
            remove_owned(owner, *this);
        }
    }
    update_priority(cpu, owner);
}

void MutexCore::abandon(Cpu& cpu) noexcept
{
    ThreadControl& owner = *this->owner();
    invariant((word_.load(std::memory_order_relaxed) & robust) != 0,
              "thread '{}' ended while it had a mutex that is not robust", std::string_view{owner.name.data()});
    remove_owned(owner, *this);
    hand_over(cpu, true);
}

std::uint8_t MutexCore::lent_priority() const noexcept
{
    if constexpr (config::mutex_ceiling) {
        return ceiling_.level;
    } else {
        const Waiter* const first = waiters_.front();
        return config::mutex_inheritance && first != nullptr ? first->thread->priority : 0;
    }
}

}  // namespace pegplan::kernel
