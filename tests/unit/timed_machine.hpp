// A CPU without a kernel, for the tests of policies that go by time.
#pragma once

#include "core/base/ring.hpp"
#include "core/sched/policy.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>

namespace timed {

using pegplan::sched::Ticks;

template <class Policy>
struct FakeThread : pegplan::kernel::RingLink<FakeThread<Policy>> {
    Ticks slice;
    std::uint8_t priority;
    Policy::ThreadState sched;
    bool ready;
    Ticks ran;  ///< all its life
};

/// A CPU that does with a run queue what the scheduler does. Time passes only in `run_until`.
template <class Policy>
struct Machine {
    using Thread = FakeThread<Policy>;
    typename Policy::template RunQueue<Thread> queue{};
    Thread idle{};
    Thread* running = &idle;
    Ticks now = 1'000;

    Machine()
    {
        idle.ring_next = &idle;
        queue.advance(idle, now);
    }

    void tell_time() { queue.advance(*running, now); }

    void reschedule()
    {
        Thread* const next = queue.pick();
        running = next != nullptr ? next : &idle;
    }

    void wake(Thread& thread)
    {
        tell_time();
        thread.ready = true;
        queue.enqueue(thread);
        if (running == &idle || queue.should_preempt(thread, *running)) {
            reschedule();
        }
    }

    void block(Thread& thread)
    {
        tell_time();
        thread.ready = false;
        queue.dequeue(thread);
        reschedule();
    }

    void yield()
    {
        tell_time();
        queue.yield(*running);
        reschedule();
    }

    /// Exactly as far as the policy's next event, or less.
    void run_until(Ticks end)
    {
        const Ticks event = queue.next_event(*running);
        REQUIRE(event >= now);
        end = std::min(end, event);
        running->ran += end - now;
        now = end;
        tell_time();
        reschedule();
    }
};

}  // namespace timed
