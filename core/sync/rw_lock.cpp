// The lock of readers and writers, while somebody waits.
#include <pegplan/rw_lock.hpp>

#include "core/sched/section.hpp"

#include <pegplan/config/sync.hpp>

namespace pegplan {

RwLock<void>::~RwLock()
{
    kernel::invariant(word_.load(std::memory_order_relaxed) == 0, "a readers-writer lock was destroyed while it was in use");
}

/// Sets the flag that keeps everybody off the fast paths.
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
        word_.fetch_or(writer, std::memory_order_acquire);
        settle();
        return true;
    }
    struct Place : kernel::Waiter {
        explicit Place(RwLock& of) noexcept : Waiter{of.waiting_writers_}, lock{of} {}
        RwLock& lock;
    };
    Place place{*this};
    // At the limit itself: readers may have waited behind this writer alone.
    place.give_up = [](kernel::Waiter& waiter) noexcept { static_cast<Place&>(waiter).lock.admit(); };
    if (section.wait(place, deadline) == kernel::WakeReason::woken) {
        return true;
    }
    settle();
    return false;
}

bool RwLock<void>::lock_shared_by(kernel::Deadline deadline) noexcept
{
    kernel::Section section{lock_};
    contend();
    if (!has_writer() && !writers_go_first()) {
        word_.fetch_add(1, std::memory_order_acquire);
        settle();
        return true;
    }
    kernel::Waiter place{waiting_readers_};
    if (section.wait(place, deadline) == kernel::WakeReason::woken) {
        return true;
    }
    settle();
    return false;
}

/// A writer leaves, or one of the readers, while somebody waits.
void RwLock<void>::leave(std::uint32_t amount) noexcept
{
    const kernel::Section section{lock_};
    const std::uint32_t held = amount == writer ? writer : reader_bits;
    kernel::invariant((word_.load(std::memory_order_relaxed) & held) != 0, "a readers-writer lock is left by a {} that does not hold it",
                      amount == writer ? std::string_view{"writer"} : std::string_view{"reader"});
    word_.fetch_sub(amount, std::memory_order_release);
    admit();
}

/// Lets in whoever may enter now. The lock is held.
void RwLock<void>::admit() noexcept
{
    kernel::Cpu& cpu = kernel::this_cpu();
    const auto wake_first = [&cpu](kernel::WaitQueue& queue) {
        kernel::Waiter& waiter = *queue.front();
        kernel::wake(cpu, *waiter.thread, &waiter, kernel::WakeReason::woken);
    };
    if (!has_writer() && !(writers_go_first() && readers() > 0)) {
        if (!writers_go_first()) {
            while (!waiting_readers_.empty()) {
                word_.fetch_add(1, std::memory_order_acquire);
                wake_first(waiting_readers_);
            }
        }
        if (readers() == 0 && !waiting_writers_.empty()) {
            word_.fetch_or(writer, std::memory_order_acquire);
            wake_first(waiting_writers_);
        }
    }
    settle();
}

}  // namespace pegplan
