// The lock of readers and writers, while somebody waits.
#include <pegplan/rw_lock.hpp>

#include "core/sched/section.hpp"

#include <pegplan/config/sync.hpp>

namespace pegplan {

RwLock<void>::~RwLock()
{
    kernel::invariant(word_.load(std::memory_order_relaxed) == 0, "a readers-writer lock was destroyed while it was in use");
}

/// The word while the thread of that id writes and nobody waits.
std::uint32_t RwLock<void>::word_of_writer(ThreadId id) noexcept
{
    return writer | (static_cast<std::uint32_t>(id.value()) & reader_bits);
}

std::uint32_t RwLock<void>::caller_as_writer() noexcept
{
    kernel::ensure(!kernel::in_isr(), "a readers-writer lock was locked or left in an interrupt handler");
    return word_of_writer(kernel::running_thread().id);
}

void RwLock<void>::refuse_writer() const noexcept
{
    kernel::invariant(!kernel::in_isr(), "a readers-writer lock was locked or left in an interrupt handler");
    kernel::invariant((word_.load(std::memory_order_relaxed) & ~contended) != caller_as_writer(),
                      "a thread locks a readers-writer lock that it writes");
}

/// Sets the flag that keeps everybody off the fast paths. From here on changes of the word are ordered by the lock; this acquires
/// those before.
bool RwLock<void>::contend() noexcept
{
    return (word_.fetch_or(contended, std::memory_order_acquire) & (writer | reader_bits)) == 0;
}

/// Whether readers that come, or wait, must let a waiting writer go first.
bool RwLock<void>::writers_go_first() const noexcept
{
    return config::rwlock_writers_first && !waiting_writers_.empty();
}

/// Clears the flag when nobody waits any more.
void RwLock<void>::settle() noexcept
{
    if (waiting_readers_.empty() && waiting_writers_.empty()) {
        word_.fetch_and(~contended, std::memory_order_relaxed);
    }
}

bool RwLock<void>::lock_by(kernel::Deadline deadline) noexcept
{
    kernel::Section section{lock_};
    if (contend()) {
        word_.fetch_or(caller_as_writer(), std::memory_order_relaxed);
        settle();
        return true;
    }
    if (!deadline.has_passed()) {
        refuse_writer();
    }
    WaitingWriter place{*this, waiting_writers_};
    // Readers may have waited behind this writer alone: when it gives up, they must not wait until it runs.
    place.give_up = [](kernel::Waiter& self) noexcept { static_cast<WaitingWriter&>(self).lock.admit(); };
    if (section.wait(place, deadline) == kernel::WakeReason::woken) {
        return true;
    }
    section.resume();
    settle();
    return false;
}

bool RwLock<void>::lock_shared_by(kernel::Deadline deadline) noexcept
{
    kernel::Section section{lock_};
    contend();
    if (!has_writer() && !writers_go_first()) {
        word_.fetch_add(1, std::memory_order_relaxed);
        settle();
        return true;
    }
    if (!deadline.has_passed()) {
        refuse_writer();
    }
    kernel::Waiter place{waiting_readers_};
    if (section.wait(place, deadline) == kernel::WakeReason::woken) {
        return true;
    }
    section.resume();
    settle();
    return false;
}

/// The writer leaves while somebody waits.
void RwLock<void>::leave_writing() noexcept
{
    const kernel::Section section{lock_};
    kernel::invariant((word_.load(std::memory_order_relaxed) & ~contended) == caller_as_writer(),
                      "a readers-writer lock is left by a writer that does not hold it");
    word_.fetch_and(contended, std::memory_order_release);
    admit();
}

/// One of the readers leaves while somebody waits.
void RwLock<void>::leave_reading() noexcept
{
    const kernel::Section section{lock_};
    kernel::invariant(readers() > 0, "a readers-writer lock is left by a reader that does not hold it");
    word_.fetch_sub(1, std::memory_order_release);
    admit();
}

/// Lets in whoever may enter now. The lock is held.
void RwLock<void>::admit() noexcept
{
    kernel::Cpu& cpu = kernel::this_cpu();
    const auto wake = [&cpu](kernel::Waiter& waiter) {
        kernel::wake(cpu, *waiter.thread, &waiter, kernel::WakeReason::woken);
    };
    if (!has_writer() && !(writers_go_first() && readers() > 0)) {
        if (!writers_go_first()) {
            while (kernel::Waiter* const reader = kernel::claim_front(waiting_readers_)) {
                word_.fetch_add(1, std::memory_order_relaxed);
                wake(*reader);
            }
        }
        // A writer that is not to be had any more lets in those behind it when it gives up.
        if (kernel::Waiter* const next = readers() == 0 ? kernel::claim_front(waiting_writers_) : nullptr) {
            word_.fetch_or(word_of_writer(next->thread->id), std::memory_order_relaxed);
            wake(*next);
        }
    }
    settle();
}

}  // namespace pegplan
