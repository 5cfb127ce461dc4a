// Plain round robin: one ring of all ready threads. Priorities do not matter.
#pragma once

#include "core/base/ring.hpp"
#include "core/sched/search.hpp"

#include <cstdint>

namespace pegplan::sched {

struct RoundRobin {
    struct ThreadState {};

    template <class Thread>
    class RunQueue {
    public:
        void enqueue(Thread& thread) noexcept { ready_.push_back(thread); }
        void dequeue(Thread& thread) noexcept { ready_.remove(thread); }
        void change_priority(Thread& thread, std::uint8_t priority, bool) noexcept { thread.priority = priority; }
        [[nodiscard]] Thread* pick() const noexcept { return ready_.front(); }
        template <class Judge>
        [[nodiscard]] Thread* find(Judge judge) const noexcept
        {
            return search(ready_, judge).found;
        }

        Thread& rotate(Thread&) noexcept { return ready_.rotate(); }
        [[nodiscard]] bool should_preempt(const Thread&, const Thread&) const noexcept { return false; }
        [[nodiscard]] static bool must_share(const Thread& thread) noexcept { return !thread.is_alone(); }

    private:
        kernel::Ring<Thread> ready_;
    };
};

}  // namespace pegplan::sched
