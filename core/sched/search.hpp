// Looking for a thread in a ring, for the searches of policies.
#pragma once

#include "core/base/ring.hpp"
#include "core/sched/policy.hpp"

namespace pegplan::sched {

template <class Thread>
struct SearchResult {
    Thread* found;
    bool ended;  ///< nothing behind the ring is to be looked at
};

/// From the front on; `judge` returns a Search.
template <class Thread, class Judge>
SearchResult<Thread> search(const kernel::Ring<Thread>& ring, Judge& judge) noexcept
{
    Thread* thread = ring.front();
    do {
        if (thread == nullptr) {
            break;
        }
        switch (judge(*thread)) {
        case Search::take: return {thread, true};
        case Search::stop: return {nullptr, true};
        case Search::pass: break;
        }
        thread = thread->ring_next;
    } while (thread != ring.front());
    return {nullptr, false};
}

}  // namespace pegplan::sched
