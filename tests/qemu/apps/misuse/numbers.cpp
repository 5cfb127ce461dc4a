// Numbers that cannot be: of units, arrivals, flags, periods.
#include "tests/qemu/apps/misuse/misuse.hpp"

#include "tests/qemu/apps/support/later.hpp"

namespace misuse {

void semaphore_overflow()
{
    Semaphore semaphore{2, 2};
    semaphore.release();
}

void semaphore_overflow_with_waiter()
{
    Semaphore semaphore{0, 2};
    auto waiter = spawn_above([&] { semaphore.acquire(); });
    semaphore.release(4);
}

void semaphore_release_of_nothing()
{
    Semaphore semaphore;
    semaphore.release(0);
}

void semaphore_negative_release()
{
    Semaphore semaphore;
    static_cast<void>(semaphore.try_release(-1));
}

void semaphore_of_too_many()
{
    Semaphore semaphore{3, 2};
}

void semaphore_of_less_than_none()
{
    Semaphore semaphore{-1, 2};
}

void semaphore_of_maximum_zero()
{
    Semaphore semaphore{0, 0};
}

void latch_below_zero()
{
    Latch latch{1};
    latch.count_down(2);
}

void latch_raised()
{
    Latch latch{2};
    latch.count_down(-1);
}

void latch_negative()
{
    Latch latch{-1};
}

void barrier_of_too_many()
{
    Later again;
    Barrier barrier{1, [&] { again(); }};
    again.set(barrier, [](auto& self) { self.arrive_and_wait(); });
    barrier.arrive_and_wait();
}

void barrier_of_nobody()
{
    Barrier barrier{0};
}

void barrier_left_twice()
{
    Barrier barrier{1};
    barrier.arrive_and_drop();
    barrier.arrive_and_drop();
}

void barrier_arrival_after_the_last_has_left()
{
    Barrier barrier{1};
    barrier.arrive_and_drop();
    barrier.arrive_and_wait();
}

void flags_wait_for_none()
{
    EventFlags events{1};
    events.wait_any(0);
}

void flags_wait_for_all_of_none()
{
    EventFlags events{1};
    static_cast<void>(wait_any(when::all_set(events, 0)));
}

void timer_period_zero()
{
    Timer timer{[] {}};
    timer.start_periodic(0ms);
}

void timer_period_negative()
{
    Timer timer{[] {}};
    timer.start_periodic_at(Clock::now(), -1ms);
}

}  // namespace misuse
