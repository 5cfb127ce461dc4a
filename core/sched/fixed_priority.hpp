// Fixed priority with round robin inside a priority: a ring of threads for each priority and a bitmap of the rings
// that are not empty. Every operation is O(1).
#pragma once

#include "core/base/priority_bitmap.hpp"
#include "core/base/ring.hpp"
#include "core/sched/search.hpp"

#include <pegplan/config/sched.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace pegplan::sched {

struct FixedPriority {
    struct ThreadState {};

    template <class Thread>
    class RunQueue {
    public:
        void enqueue(Thread& thread) noexcept
        {
            const std::size_t level = thread.priority;
            levels_[level].push_back(thread);
            ready_.insert(level);
        }

        void dequeue(Thread& thread) noexcept
        {
            const std::size_t level = thread.priority;
            if (levels_[level].remove(thread)) {
                ready_.remove(level);
            }
        }

        void change_priority(Thread& thread, std::uint8_t priority, bool in_front) noexcept
        {
            dequeue(thread);
            thread.priority = priority;
            enqueue(thread);
            if (in_front) {
                levels_[priority].rotate_to(thread);
            }
        }

        [[nodiscard]] Thread* pick() const noexcept
        {
            return ready_.empty() ? nullptr : levels_[ready_.highest()].front();
        }

        template <class Judge>
        [[nodiscard]] Thread* find(Judge judge) const noexcept
        {
            if (ready_.empty()) {
                return nullptr;
            }
            for (std::size_t level = ready_.highest() + 1; level-- > 0;) {
                if (!ready_.contains(level)) {
                    continue;
                }
                const auto [found, ended] = search(levels_[level], judge);
                if (ended) {
                    return found;
                }
            }
            return nullptr;
        }

        Thread& rotate(Thread& thread) noexcept
        {
            return levels_[thread.priority].rotate();
        }

        [[nodiscard]] bool should_preempt(const Thread& thread, const Thread& running) const noexcept
        {
            return thread.priority > running.priority;
        }

        [[nodiscard]] static bool must_share(const Thread& thread) noexcept { return !thread.is_alone(); }

    private:
        kernel::PriorityBitmap<config::num_priorities> ready_;
        std::array<kernel::Ring<Thread>, config::num_priorities> levels_{};
    };
};

}  // namespace pegplan::sched
