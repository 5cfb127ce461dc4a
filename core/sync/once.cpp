// Once.
#include <pegplan/once.hpp>

#include "core/sched/section.hpp"

namespace pegplan {

Once::~Once()
{
    kernel::invariant(state_.load(std::memory_order_relaxed) != running, "a Once was destroyed while its function ran");
}

namespace {

bool is_alive(const kernel::ThreadControl& runner) noexcept
{
    kernel::Cpu& cpu = kernel::lock_domain_of(runner);
    const bool alive = runner.id && !runner.finished();
    kernel::unlock_domain(cpu);
    return alive;
}

}  // namespace

bool Once::begin() noexcept
{
    kernel::Section section{lock_};
    switch (state_.load(std::memory_order_relaxed)) {
    case idle:
        state_.store(running, std::memory_order_relaxed);
        runner_ = &section.self();
        return true;
    case running: {
        kernel::invariant(runner_ != &section.self(), "a function that is called once calls its own Once");
        kernel::invariant(is_alive(*runner_), "a thread waits for a Once whose caller has ended");
        kernel::Waiter place{waiters_};
        section.wait(place, kernel::Deadline::never());
        return false;
    }
    default: return false;
    }
}

void Once::finish() noexcept
{
    kernel::Section section{lock_};
    state_.store(done, std::memory_order_release);
    while (kernel::Waiter* const waiter = kernel::claim_front(waiters_)) {
        section.wake(*waiter);
    }
}

}  // namespace pegplan
