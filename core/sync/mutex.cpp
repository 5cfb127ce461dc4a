// The mutex: one compare-and-exchange when nobody competes, the wait queue when somebody does.
#include <pegplan/mutex.hpp>

#include "core/sched/scheduler.hpp"
#include "core/time/conversion.hpp"

namespace pegplan {

namespace {

constexpr std::uintptr_t waiters_bit = 1;

std::uintptr_t word_of(const kernel::ThreadControl& thread) noexcept
{
    return reinterpret_cast<std::uintptr_t>(&thread);
}

}  // namespace

Mutex<void>::~Mutex()
{
    kernel::invariant(!is_locked(), "a mutex was destroyed while it was locked");
}

bool Mutex<void>::try_lock() noexcept
{
    std::uintptr_t expected = 0;
    return word_.compare_exchange_strong(expected, word_of(*kernel::this_cpu().current), std::memory_order_acquire,
                                         std::memory_order_relaxed);
}

void Mutex<void>::lock() noexcept
{
    if (!try_lock()) [[unlikely]] {
        static_cast<void>(lock_slowly(std::nullopt));
    }
}

bool Mutex<void>::try_lock_within(std::chrono::nanoseconds limit) noexcept
{
    return try_lock() || (limit.count() > 0 && lock_slowly(limit));
}

void Mutex<void>::unlock() noexcept
{
    std::uintptr_t expected = word_of(*kernel::this_cpu().current);
    if (!word_.compare_exchange_strong(expected, 0, std::memory_order_release, std::memory_order_relaxed)) [[unlikely]] {
        unlock_slowly();
    }
}

bool Mutex<void>::lock_slowly(std::optional<std::chrono::nanoseconds> limit) noexcept
{
    const arch::Ticks deadline = limit ? kernel::deadline_after(*limit) : arch::no_deadline;
    const kernel::SchedulerLock lock;
    const kernel::ThreadControl& self = *kernel::this_cpu().current;
    // The word can change only through the fast paths now; from "free" it goes to us, else somebody holds it and will
    // see the bit when leaving.
    std::uintptr_t seen = word_.load(std::memory_order_relaxed);
    for (;;) {
        kernel::invariant((seen & ~waiters_bit) != word_of(self), "a thread locks a mutex that it holds");
        const std::uintptr_t wanted = seen == 0 ? word_of(self) : seen | waiters_bit;
        if (word_.compare_exchange_weak(seen, wanted, std::memory_order_acquire, std::memory_order_relaxed)) {
            if (seen == 0) {
                return true;
            }
            break;
        }
    }
    if (kernel::block(&waiters_, deadline) == kernel::WakeReason::woken) {
        return true;  // the one who left handed it over
    }
    if (waiters_.empty()) {
        word_.fetch_and(~waiters_bit, std::memory_order_relaxed);
    }
    return false;
}

void Mutex<void>::unlock_slowly() noexcept
{
    const kernel::SchedulerLock lock;
    kernel::Cpu& cpu = kernel::this_cpu();
    const std::uintptr_t word = word_.load(std::memory_order_relaxed);
    kernel::invariant((word & ~waiters_bit) == word_of(*cpu.current), "a thread unlocks a mutex that it does not hold");
    kernel::ThreadControl* const next = waiters_.front();
    if (next == nullptr) {
        // The time limit of the last waiter has passed, and it has not run since to clear the bit.
        word_.store(0, std::memory_order_release);
        return;
    }
    kernel::wake(cpu, *next, kernel::WakeReason::woken);
    word_.store(word_of(*next) | (waiters_.empty() ? 0 : waiters_bit), std::memory_order_release);
    kernel::reschedule(cpu);
}

}  // namespace pegplan
