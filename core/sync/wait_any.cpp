// Waiting in several wait queues at once.
#include <pegplan/wait_any.hpp>

#include "core/sched/section.hpp"

namespace pegplan::kernel {

std::size_t wait_for_any(std::span<WaitCase* const> cases, Deadline deadline) noexcept
{
    Section section;
    for (std::size_t index = 0; index < cases.size(); ++index) {
        if (cases[index]->attempt(*cases[index])) {
            return index;
        }
    }
    for (std::size_t index = 1; index < cases.size(); ++index) {
        cases[index - 1]->next_place = cases[index];
    }
    if (section.wait(*cases.front(), deadline) == WakeReason::timed_out) {
        return none_taken;
    }
    const Waiter* const taken = section.self().places;
    std::size_t index = 0;
    while (cases[index] != taken) {
        ++index;
    }
    return index;
}

}  // namespace pegplan::kernel
