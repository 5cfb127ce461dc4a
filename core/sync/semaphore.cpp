// The semaphore's slow paths.
#include <pegplan/semaphore.hpp>

#include "core/sched/section.hpp"

namespace pegplan {

kernel::Acquisition::Acquisition(Semaphore& wanted) noexcept
    : WaitCase{wanted.waiters_, wanted.lock_,
               [](WaitCase& self) noexcept { return static_cast<Acquisition&>(self).semaphore->take_or_contend(); }},
      semaphore{&wanted}
{
}

Semaphore::~Semaphore()
{
    kernel::invariant(waiters_.empty(), "a semaphore was destroyed while threads waited for it");
}

/// Takes a unit, or makes the givers look for waiters. The lock is held.
bool Semaphore::take_or_contend() noexcept
{
    if constexpr (!config::smp) {
        // Masked, and so alone with the word.
        const std::int32_t units = word_.load(std::memory_order_relaxed);
        const bool found = units > 0;
        word_.store(found ? units - 1 : contended, std::memory_order_relaxed);
        return found;
    }
    while (!try_acquire()) {
        std::int32_t units = 0;
        if (word_.compare_exchange_strong(units, contended, std::memory_order_relaxed) || units == contended) {
            return false;
        }
    }
    return true;
}

bool Semaphore::acquire_by(kernel::Deadline deadline) noexcept
{
    kernel::Section section{lock_, kernel::wakes_nobody};
    if constexpr (config::smp) {
        kernel::Waiter place{waiters_};
        for (;;) {
            if (take_or_contend()) {
                return true;
            }
            if (const auto reason = section.wait(place, deadline); reason != kernel::WakeReason::again) {
                return reason == kernel::WakeReason::woken;
            }
            section.resume();
        }
    } else {
        if (take_or_contend()) {
            return true;
        }
        kernel::Waiter place{waiters_};
        return section.wait_and_leave(place, deadline) == kernel::WakeReason::woken;
    }
}

/// Gives units to those who wait, where others may end their waits at the same time: so how many it will be is known afterwards. If too
/// many units are left, those who have been claimed get none, and wait again. The lock is held.
Result<void> Semaphore::give_to_claimed(int count) noexcept
{
    kernel::Cpu& cpu = kernel::this_cpu();
    int left = count;
    while (left > 0) {
        kernel::Waiter* const waiter = kernel::claim_front(waiters_);
        if (waiter == nullptr) {
            break;
        }
        kernel::wake(cpu, *waiter->thread, waiter, kernel::WakeReason::woken);
        --left;
    }
    if (left > maximum_) {
        if constexpr (config::smp) {  // there is none of it on one CPU
            kernel::revoke_wakes(cpu, count - left);
        }
        return Error::overflow;
    }
    if (waiters_.empty()) {
        word_.store(left, std::memory_order_release);
    }
    return {};
}

Result<void> Semaphore::release_slowly(int count) noexcept
{
    // On one CPU a unit for which somebody waits is his.
    if (!config::smp && count == 1) {
        {
            kernel::Section section{lock_, kernel::wakes_nobody};  // unless there is somebody
            if (kernel::Waiter* const first = waiters_.front(); first != nullptr) [[likely]] {
                if (first->is_alone()) {
                    word_.store(0, std::memory_order_relaxed);
                }
                section.wake_and_leave(*first);
                return {};
            }
        }
        return release_many(1);
    }
    return release_many(count);
}

Result<void> Semaphore::release_many(int count) noexcept
{
    kernel::invariant(count >= 1, "semaphore: release of {} units", count);
    kernel::Section section{lock_};
    std::int32_t units = word_.load(std::memory_order_relaxed);
    if (units == contended) {
        if constexpr (config::smp) {
            return give_to_claimed(count);
        }
        // One for each thread, however many places it has.
        int left = count;
        for (kernel::Waiter* waiter = waiters_.front(); waiter != nullptr && left > 0; waiter = waiters_.after(*waiter)) {
            left -= kernel::is_first_place_in_queue(*waiter) ? 1 : 0;
        }
        if (left > maximum_) {
            return Error::overflow;
        }
        for (int given = left; given < count; ++given) {
            section.wake(*waiters_.front());
        }
        if (waiters_.empty()) {
            word_.store(left, std::memory_order_release);
        }
        return {};
    }
    do {
        if (count > maximum_ - units) {
            return Error::overflow;
        }
    } while (!word_.compare_exchange_weak(units, units + count, std::memory_order_release, std::memory_order_relaxed));
    return {};
}

}  // namespace pegplan
