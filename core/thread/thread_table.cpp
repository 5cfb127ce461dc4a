// The records of all threads.
#include "core/thread/thread_table.hpp"

namespace pegplan::kernel {

namespace {

constinit std::array<ThreadControl, config::max_threads> records{};
constinit std::size_t used = 0;             // records from here on have never been used
constinit Ring<ThreadControl> free_records{};  // used before and free again, the one that is free longest in front
constinit std::uint64_t last_id = 0;        // 64 bits: ids are not used twice

}  // namespace

ThreadControl* allocate_thread() noexcept
{
    ThreadControl* thread = free_records.pop_front();
    if (thread == nullptr) {
        if (used == records.size()) {
            return nullptr;
        }
        thread = &records[used++];
    }
    thread->id = ThreadId{++last_id};
    return thread;
}

void free_thread(ThreadControl& thread) noexcept
{
    thread.id = ThreadId{};
    free_records.push_back(thread);
}

}  // namespace pegplan::kernel
