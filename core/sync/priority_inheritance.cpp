// Priorities that threads have because of mutexes.
#include "core/sync/priority_inheritance.hpp"

#include "core/sched/scheduler.hpp"

#include <algorithm>

namespace pegplan::kernel {

namespace {

std::uint8_t deserved_priority(const ThreadControl& thread) noexcept
{
    std::uint8_t priority = thread.base_priority;
    for (const MutexCore* mutex = thread.owned; mutex != nullptr; mutex = mutex->next_owned) {
        priority = std::max(priority, mutex->lent_priority());
    }
    return priority;
}

/// How many threads one change can reach.
constexpr int longest_chain = config::mutex_inheritance ? config::mutex_inheritance_depth : 1;

[[maybe_unused]] void update_chain(Cpu& cpu, ThreadControl* thread, int limit) noexcept
{
    for (int count = 0; count < limit && thread != nullptr; ++count) {
        const std::uint8_t priority = deserved_priority(*thread);
        if (priority == thread->priority) {
            return;
        }
        change_priority(cpu, *thread, priority, Rank::kept);
        thread = thread->wanted != nullptr ? thread->wanted->owner() : nullptr;
    }
}

}  // namespace

void update_priority(Cpu& cpu, ThreadControl& thread) noexcept
{
    if constexpr (!config::mutex_plain) {
        update_chain(cpu, &thread, longest_chain);
    }
}

void set_base_priority(Cpu& cpu, ThreadControl& thread, std::uint8_t priority) noexcept
{
    static_cast<void>(lock_domain_of(thread));
    thread.base_priority = priority;
    unlock_domain(cpu_of(thread));
    change_priority(cpu, thread, deserved_priority(thread), Rank::behind);
    if (thread.wanted != nullptr) {
        update_priority(cpu, *thread.wanted->owner());
    }
}

void abandon_mutexes(Cpu& cpu, ThreadControl& thread) noexcept
{
    while (thread.owned != nullptr) {
        thread.owned->abandon(cpu);
    }
}

}  // namespace pegplan::kernel
