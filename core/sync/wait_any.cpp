// Waiting in several wait queues at once.
#include <pegplan/wait_any.hpp>

#include "core/sched/section.hpp"

#include <functional>

namespace pegplan::kernel {

namespace {

std::size_t index_of(std::span<WaitCase* const> cases, const Waiter* taken) noexcept
{
    std::size_t index = 0;
    while (cases[index] != taken) {
        ++index;
    }
    return index;
}

void link(std::span<WaitCase* const> cases) noexcept
{
    for (std::size_t index = 1; index < cases.size(); ++index) {
        cases[index - 1]->next_place = cases[index];
    }
}

/// Where there are several CPUs: with the locks of all primitives it is decided which case is there, or that the thread waits for all.
/// From then on each of them may claim it.
template <class Case>
class AllLocks {
public:
    explicit AllLocks(std::span<Case* const> cases) noexcept : cases_{cases}
    {
        for (Case* const each : cases) {
            each->sharing.lock = &primitive_lock_of(each->lock);
        }
        for (PrimitiveLock* lock = next_after(nullptr); lock != nullptr; lock = next_after(lock)) {
            take(*lock);
        }
    }
    void release() noexcept
    {
        for (PrimitiveLock* lock = next_after(nullptr); lock != nullptr; lock = next_after(lock)) {
            give(*lock);
        }
    }

private:
    /// In the order of the table; each once, however many cases share it.
    PrimitiveLock* next_after(const PrimitiveLock* lock) const noexcept
    {
        PrimitiveLock* next = nullptr;
        for (const Case* const each : cases_) {
            PrimitiveLock* const other = each->sharing.lock;
            if ((lock == nullptr || std::less{}(lock, static_cast<const PrimitiveLock*>(other))) && (next == nullptr || std::less{}(other, next))) {
                next = other;
            }
        }
        return next;
    }

    std::span<Case* const> cases_;
};

template <class Case>
std::size_t wait_among_many_cpus(std::span<Case* const> cases, Deadline deadline) noexcept
{
    const SchedulerSection section;
    for (;;) {
        AllLocks<Case> locks{cases};
        for (std::size_t index = 0; index < cases.size(); ++index) {
            if (cases[index]->attempt(*cases[index])) {
                locks.release();
                return index;
            }
        }
        if (deadline.has_passed()) {
            locks.release();
            return none_taken;
        }
        link(cases);
        enter_wait(cases.front(), deadline.ticks());
        locks.release();
        switch (leave_wait()) {
        case WakeReason::timed_out: return none_taken;
        case WakeReason::again: break;
        default: {
            const std::size_t taken = index_of(cases, running_thread().places);
            for (WaitCase* const each : cases) {
                withdraw(*each);
            }
            return taken;
        }
        }
        for (WaitCase* const each : cases) {
            withdraw(*each);
        }
    }
}

}  // namespace

std::size_t wait_for_any(std::span<WaitCase* const> cases, Deadline deadline) noexcept
{
    if constexpr (config::smp) {
        return wait_among_many_cpus(cases, deadline);
    }
    Section section{*cases.front()->lock};
    for (std::size_t index = 0; index < cases.size(); ++index) {
        if (cases[index]->attempt(*cases[index])) {
            return index;
        }
    }
    link(cases);
    if (section.wait(*cases.front(), deadline) == WakeReason::timed_out) {
        return none_taken;
    }
    return index_of(cases, section.self().places);
}

}  // namespace pegplan::kernel
