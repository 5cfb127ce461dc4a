// Earliest deadline first, without a kernel: what it promises, along random sequences of events.
#include "core/sched/edf.hpp"
#include "tests/unit/timed_machine.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <random>
#include <vector>

using namespace pegplan;
using sched::Ticks;

namespace {

using EdfThread = timed::FakeThread<sched::Edf>;
using EdfMachine = timed::Machine<sched::Edf>;

static_assert(sched::TimedPolicy<sched::Edf, EdfThread>);
static_assert(!sched::TimedPolicy<sched::FixedPriority, timed::FakeThread<sched::FixedPriority>>);

EdfThread with_deadline(Ticks runtime, Ticks deadline, Ticks period)
{
    EdfThread thread{};
    thread.sched.set(runtime, deadline, period);
    return thread;
}

bool is_eligible(const EdfThread& thread)
{
    return thread.ready && thread.sched.has_deadline() && !thread.sched.held_back;
}

/// What holds at any moment of a set of threads that were admitted.
void check_edf(const EdfMachine& machine, const std::vector<EdfThread>& threads)
{
    Ticks earliest = sched::never;
    std::uint8_t most_urgent = 0;
    bool background = false;
    for (const EdfThread& thread : threads) {
        if (is_eligible(thread)) {
            earliest = std::min(earliest, thread.sched.deadline);
            REQUIRE(thread.sched.budget > 0);
            REQUIRE(thread.sched.budget <= static_cast<std::int64_t>(thread.sched.runtime));
            // Enough is left of the time: the theorem of the constant-bandwidth server.
            REQUIRE(thread.sched.deadline >= machine.now + static_cast<Ticks>(thread.sched.budget));
        } else if (thread.ready && thread.sched.has_deadline()) {
            REQUIRE(thread.sched.release() > machine.now);
        } else if (thread.ready) {
            background = true;
            most_urgent = std::max(most_urgent, thread.priority);
        }
    }
    if (earliest != sched::never) {
        REQUIRE(is_eligible(*machine.running));
        REQUIRE(machine.running->sched.deadline == earliest);
    } else if (background) {
        REQUIRE(!machine.running->sched.has_deadline());
        REQUIRE(machine.running->priority == most_urgent);
    } else {
        REQUIRE(machine.running == &machine.idle);
    }
}

/// A random set of servers that claim at most a whole CPU, and some background threads.
std::vector<EdfThread> random_set(std::mt19937& random, bool implicit)
{
    std::vector<EdfThread> threads;
    sched::Reservations reservations;
    for (int attempt = 0; attempt < 30; ++attempt) {
        const Ticks period = 20 + random() % 400;
        const Ticks deadline = implicit ? period : period / 2 + random() % (period / 2) + 1;
        const Ticks runtime = 1 + random() % (deadline / 2);
        if (reservations.claim(sched::bandwidth_of(runtime, deadline), sched::whole_cpu)) {
            threads.push_back(with_deadline(runtime, deadline, period));
        }
    }
    for (int count = 0; count < 3; ++count) {
        threads.push_back({});
        threads.back().priority = static_cast<std::uint8_t>(random() % 3);
    }
    return threads;
}

void play_edf(std::uint32_t seed, bool implicit)
{
    std::mt19937 random{seed};
    std::vector<EdfThread> threads = random_set(random, implicit);
    EdfMachine machine;
    std::uint64_t overruns = 0;
    for (int step = 0; step < 20'000; ++step) {
        EdfThread& thread = threads[random() % threads.size()];
        switch (random() % 8) {
        case 0:
        case 1:
        case 2:
            if (!thread.ready) {
                machine.wake(thread);
            }
            break;
        case 3:
            if (machine.running != &machine.idle) {
                machine.block(*machine.running);
            }
            break;
        case 4:
            if (thread.ready && random() % 4 == 0) {
                machine.block(thread);  // suspended by somebody
            }
            break;
        case 5:
            if (machine.running != &machine.idle && random() % 4 == 0) {
                const EdfThread& before = *machine.running;
                machine.yield();
                REQUIRE((!before.sched.has_deadline() || before.sched.held_back));
            }
            break;
        default: machine.run_until(machine.now + 1 + random() % 60); break;
        }
        check_edf(machine, threads);
    }
    // Nobody got more than its share, and one runtime at the start.
    for (const EdfThread& thread : threads) {
        overruns += thread.sched.overruns;
        if (thread.sched.has_deadline()) {
            REQUIRE(thread.ran <= (machine.now / thread.sched.period + 2) * thread.sched.runtime);
        }
    }
    REQUIRE(overruns > 100);
}

}  // namespace

TEST_CASE("the bandwidth of a deadline is its share, rounded up, whatever the unit")
{
    CHECK(sched::bandwidth_of(1, 2) == sched::whole_cpu / 2);
    CHECK(sched::bandwidth_of(7, 7) == sched::whole_cpu);
    CHECK(sched::bandwidth_of(1, 3) == sched::whole_cpu / 3 + 1);
    constexpr Ticks large = Ticks{1} << 61;
    CHECK(sched::bandwidth_of(large, large) == sched::whole_cpu);
    CHECK(sched::bandwidth_of(large / 4 + 1, large) > sched::whole_cpu / 4);
    CHECK(sched::bandwidth_of(1, large) >= 1);
    CHECK(sched::bandwidth_of(large - 1, large - 1) >= sched::whole_cpu);
}

TEST_CASE("a CPU is claimed up to the limit and not beyond, and what is given back can be claimed again")
{
    sched::Reservations reservations;
    const sched::Bandwidth half = sched::whole_cpu / 2;
    CHECK(reservations.claim(half, sched::whole_cpu));
    CHECK(!reservations.claim(half + 1, sched::whole_cpu));
    CHECK(reservations.claimed() == half);
    CHECK(reservations.claim(half, sched::whole_cpu));
    CHECK(!reservations.claim(1, sched::whole_cpu));
    reservations.give_back(half);
    CHECK(reservations.fits(half, sched::whole_cpu));
    CHECK(!reservations.fits(sched::whole_cpu + 1, sched::whole_cpu));
}

TEST_CASE("EDF: no thread with an earlier deadline waits, nobody has more than its budget, and all deadlines are met")
{
    for (std::uint32_t seed = 1; seed <= 8; ++seed) {
        play_edf(seed, true);
    }
}

TEST_CASE("EDF: the same where deadlines are shorter than periods")
{
    for (std::uint32_t seed = 101; seed <= 108; ++seed) {
        play_edf(seed, false);
    }
}

TEST_CASE("EDF: a thread that never blocks gets exactly its runtime in each period")
{
    std::vector<EdfThread> threads{with_deadline(10, 40, 40), with_deadline(20, 50, 50), with_deadline(33, 100, 100)};
    EdfMachine machine;
    const Ticks begin = machine.now;
    for (EdfThread& thread : threads) {
        machine.wake(thread);
    }
    for (Ticks elapsed = 200; elapsed <= 20'000; elapsed += 200) {
        while (machine.now < begin + elapsed) {
            machine.run_until(begin + elapsed);
            check_edf(machine, threads);
        }
        for (const EdfThread& thread : threads) {
            REQUIRE(thread.ran == elapsed / thread.sched.period * thread.sched.runtime);
        }
    }
    CHECK(threads[0].sched.overruns == 500);
}

TEST_CASE("EDF: a wake-up keeps the deadline while that is within the bandwidth, and begins a period otherwise")
{
    EdfMachine machine;
    EdfThread thread = with_deadline(10, 100, 100);
    machine.wake(thread);
    const Ticks first = machine.now;
    CHECK(thread.sched.deadline == first + 100);
    machine.run_until(machine.now + 6);
    machine.block(thread);
    machine.run_until(first + 20);
    machine.wake(thread);  // 4 of 10 left for 80 of 100
    CHECK(thread.sched.deadline == first + 100);
    CHECK(thread.sched.budget == 4);
    machine.block(thread);
    machine.run_until(first + 60);
    machine.wake(thread);  // exactly at the bound
    CHECK(thread.sched.deadline == first + 100);
    machine.block(thread);
    machine.run_until(first + 61);
    machine.wake(thread);
    CHECK(thread.sched.deadline == first + 161);
    CHECK(thread.sched.budget == 10);
}

TEST_CASE("EDF: a thread with a deadline before its period's end does not get more by waking up late")
{
    EdfMachine machine;
    EdfThread thread = with_deadline(10, 20, 100);
    machine.wake(thread);
    const Ticks first = machine.now;
    machine.block(thread);
    machine.run_until(first + 16);
    machine.wake(thread);
    CHECK(thread.sched.deadline == first + 20);
    CHECK(thread.sched.budget <= 2);
    CHECK(thread.sched.budget >= 1);
    machine.block(thread);
    machine.run_until(first + 50);
    machine.wake(thread);  // behind its deadline: it waits for its period
    CHECK(machine.running == &machine.idle);
    CHECK(machine.queue.next_event(machine.idle) == first + 100);
    machine.run_until(first + 100);
    CHECK(machine.running == &thread);
    CHECK(thread.sched.deadline == first + 120);
    CHECK(thread.sched.budget == 10);
}

TEST_CASE("EDF: what is used beyond the budget, because nobody was told in time, is paid back")
{
    EdfMachine machine;
    EdfThread thread = with_deadline(10, 100, 100);
    machine.wake(thread);
    const Ticks first = machine.now;
    machine.now += 25;
    machine.tell_time();
    CHECK(thread.sched.budget == -15);
    machine.reschedule();
    CHECK(machine.running == &machine.idle);
    machine.run_until(first + 100);
    CHECK(machine.running == &machine.idle);  // 10 of the 15
    machine.run_until(first + 200);
    CHECK(machine.running == &thread);
    CHECK(thread.sched.budget == 5);
}

TEST_CASE("EDF: a thread that is suspended while it is held back stays so")
{
    EdfMachine machine;
    EdfThread thread = with_deadline(10, 100, 100);
    machine.wake(thread);
    const Ticks first = machine.now;
    machine.run_until(first + 10);
    CHECK(thread.sched.held_back);
    machine.block(thread);
    machine.wake(thread);
    CHECK(machine.running == &machine.idle);
    machine.run_until(first + 100);
    CHECK(machine.running == &thread);
}

TEST_CASE("EDF: searches see the eligible threads by deadline, then the background by priority, and nobody who is held back")
{
    EdfMachine machine;
    std::array<EdfThread, 5> threads{with_deadline(5, 100, 100), with_deadline(5, 50, 50), with_deadline(5, 20, 20), {}, {}};
    threads[3].priority = 1;
    threads[4].priority = 2;
    for (EdfThread& thread : threads) {
        machine.wake(thread);
    }
    machine.run_until(machine.now + 5);
    CHECK(threads[2].sched.held_back);
    std::vector<const EdfThread*> seen;
    CHECK(machine.queue.find([&](const EdfThread& thread) {
        seen.push_back(&thread);
        return sched::Search::pass;
    }) == nullptr);
    CHECK(seen == std::vector<const EdfThread*>{&threads[1], &threads[0], &threads[4], &threads[3]});
    CHECK(machine.queue.find([&](const EdfThread& thread) {
        return &thread == &threads[4] ? sched::Search::take : sched::Search::pass;
    }) == &threads[4]);
    CHECK(machine.queue.find([&](const EdfThread& thread) {
        return &thread == &threads[0] ? sched::Search::stop : sched::Search::pass;
    }) == nullptr);
}

TEST_CASE("EDF: the background goes by priority, in turns, and a thread with a deadline by neither")
{
    EdfMachine machine;
    EdfThread a{};
    EdfThread b{};
    EdfThread urgent = with_deadline(5, 10, 10);
    machine.wake(a);
    machine.wake(b);
    CHECK(machine.running == &a);
    CHECK(machine.queue.must_share(a));
    machine.yield();
    CHECK(machine.running == &b);
    machine.queue.change_priority(a, 1, false);
    machine.reschedule();
    CHECK(machine.running == &a);
    CHECK(!machine.queue.must_share(a));
    machine.wake(urgent);
    CHECK(machine.running == &urgent);
    CHECK(!machine.queue.must_share(urgent));
    machine.queue.change_priority(urgent, 0, false);
    machine.reschedule();
    CHECK(machine.running == &urgent);
    CHECK(!machine.queue.should_preempt(a, urgent));
}
