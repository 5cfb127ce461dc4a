// The records of all threads.
#include "core/thread/thread_table.hpp"

#include "core/smp/locks.hpp"

namespace pegplan::kernel {

namespace {

constinit std::array<ThreadControl, config::max_threads> records{};
constinit std::size_t used = 0;             // records from here on have never been used
constinit Ring<ThreadControl> free_records{};  // used before and free again, the one that is free longest in front
constinit std::uint64_t last_id = 0;        // 64 bits: ids are not used twice

}  // namespace

namespace {

/// One that nobody uses, or null. The table is locked.
ThreadControl* take_record() noexcept
{
    if (ThreadControl* const thread = free_records.pop_front()) {
        return thread;
    }
    return used < records.size() ? &records[used++] : nullptr;
}

/// A record that was never used belongs to the first CPU's domain.
template <class T>
void give_first_domain([[maybe_unused]] T& thread) noexcept
{
    if constexpr (config::smp) {
        if (thread.placement.cpu.get() == nullptr) {
            thread.placement.cpu = &cpus[0];
        }
    }
}

}  // namespace

ThreadControl* allocate_thread() noexcept
{
    ThreadControl* thread = nullptr;
    ThreadId id{};
    {
        const MaskedDataLock lock{&free_records};
        thread = take_record();
        if (thread == nullptr) {
            return nullptr;
        }
        id = ThreadId{++last_id};
        give_first_domain(*thread);
    }
    Cpu& cpu = lock_domain_of(*thread);
    thread->id = id;
    thread->holds = hold_blocked;  // by the same step: others who look at all records find none that is ready and in no queue
    unlock_domain(cpu);
    return thread;
}

void free_thread(ThreadControl& thread) noexcept
{
    Cpu& cpu = lock_domain_of(thread);
    thread.id = ThreadId{};
    unlock_domain(cpu);
    const MaskedDataLock lock{&free_records};
    free_records.push_back(thread);
}

void for_each_record(void (*visit)(ThreadControl& thread)) noexcept
{
    const auto count_used = [] {
        const DataLock lock{&free_records};
        return used;
    };
    for (std::size_t index = 0; index < count_used(); ++index) {
        visit(records[index]);
    }
}

}  // namespace pegplan::kernel
