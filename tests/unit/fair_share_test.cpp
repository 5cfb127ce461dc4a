// Proportional share, without a kernel: what it promises, along random sequences of events.
#include "core/sched/fair_share.hpp"
#include "tests/unit/timed_machine.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

using namespace pegplan;
using sched::Ticks;

namespace {

using FairThread = timed::FakeThread<sched::FairShare>;
using FairMachine = timed::Machine<sched::FairShare>;

static_assert(sched::TimedPolicy<sched::FairShare, FairThread>);

/// What each pair of threads has run since both are ready.
class Shares {
public:
    explicit Shares(std::vector<FairThread>& threads)
        : threads_{threads}, base_(threads.size() * threads.size()), slack_(threads.size())
    {
        for (std::size_t index = 0; index < threads.size(); ++index) {
            note_weight(index);
        }
    }

    /// A slice counts by the weight at its end: with a small one, it takes long to make up for.
    void note_weight(std::size_t index)
    {
        const double slack = static_cast<double>(threads_[index].slice) / threads_[index].sched.weight;
        slack_[index] = std::max(slack_[index], slack);
    }

    /// The thread at `index` has become ready, or has another weight.
    void begin(std::size_t index)
    {
        for (std::size_t other = 0; other < threads_.size(); ++other) {
            base(index, other) = threads_[index].ran;
            base(other, index) = threads_[other].ran;
        }
    }

    void check()
    {
        for (std::size_t a = 0; a < threads_.size(); ++a) {
            for (std::size_t b = 0; b < a; ++b) {
                if (threads_[a].ready && threads_[b].ready) {
                    check_pair(a, b);
                }
            }
        }
    }

private:
    Ticks& base(std::size_t thread, std::size_t other) { return base_[thread * threads_.size() + other]; }

    void check_pair(std::size_t a, std::size_t b)
    {
        const double weight_a = threads_[a].sched.weight;
        const double weight_b = threads_[b].sched.weight;
        const double used_a = static_cast<double>(threads_[a].ran - base(a, b)) / weight_a;
        const double used_b = static_cast<double>(threads_[b].ran - base(b, a)) / weight_b;
        REQUIRE(std::abs(used_a - used_b) <= slack_[a] + slack_[b] + 0.001);
    }

    std::vector<FairThread>& threads_;
    std::vector<Ticks> base_;
    std::vector<double> slack_;  ///< a slice in virtual time, by the smallest weight so far
};

FairThread with_weight(std::uint32_t weight, Ticks slice)
{
    FairThread thread{};
    thread.sched.set(weight);
    thread.slice = slice;
    return thread;
}

void play_fair(std::uint32_t seed, bool change_weights)
{
    std::mt19937 random{seed};
    std::vector<FairThread> threads;
    for (int count = 0; count < 8; ++count) {
        threads.push_back(with_weight(1 + random() % (count % 2 == 0 ? 10 : 10'000), 1 + random() % 1'000));
    }
    FairMachine machine;
    Shares shares{threads};
    for (int step = 0; step < 20'000; ++step) {
        const std::size_t index = random() % threads.size();
        FairThread& thread = threads[index];
        switch (random() % 16) {
        case 0:
        case 1:
            if (!thread.ready) {
                machine.wake(thread);
                shares.begin(index);
            }
            break;
        case 2:
            if (machine.running != &machine.idle) {
                machine.block(*machine.running);
            }
            break;
        case 3:
            if (machine.running != &machine.idle) {
                machine.yield();
            }
            break;
        case 4:
            if (change_weights) {
                machine.tell_time();
                machine.queue.change_weight(thread, 1 + random() % 10'000);
                shares.begin(index);
                shares.note_weight(index);
                machine.reschedule();
            }
            break;
        default: machine.run_until(machine.now + 1 + random() % 2'000); break;
        }
        const bool anybody = std::any_of(threads.begin(), threads.end(), [](const FairThread& one) { return one.ready; });
        REQUIRE(machine.running->ready == anybody);
        shares.check();
    }
}

}  // namespace

TEST_CASE("fair share: any two threads run in proportion to their weights, to within a slice each, sleepers included")
{
    for (std::uint32_t seed = 1; seed <= 8; ++seed) {
        play_fair(seed, false);
    }
}

TEST_CASE("fair share: the same while weights change")
{
    for (std::uint32_t seed = 101; seed <= 108; ++seed) {
        play_fair(seed, true);
    }
}

TEST_CASE("fair share: nobody starves, however large the others' weights")
{
    std::vector<FairThread> threads{with_weight(1, 10), with_weight(10'000, 10), with_weight(10'000, 10)};
    FairMachine machine;
    for (FairThread& thread : threads) {
        machine.wake(thread);
    }
    const Ticks begin = machine.now;
    while (machine.now < begin + 2'000'100) {
        machine.run_until(begin + 2'000'100);
    }
    CHECK(threads[0].ran >= 90);
    CHECK(threads[0].ran <= 110);
}

TEST_CASE("fair share: a sleeper takes the CPU at once, and has saved nothing up")
{
    FairMachine machine;
    FairThread sleeper = with_weight(100, 50);
    FairThread spinner = with_weight(100, 50);
    machine.wake(sleeper);
    machine.run_until(machine.now + 10);
    machine.block(sleeper);
    machine.wake(spinner);
    for (int turn = 0; turn < 1'000; ++turn) {
        machine.run_until(machine.now + 10);
    }
    machine.wake(sleeper);
    CHECK(machine.running == &sleeper);
    const Ticks before = sleeper.ran;
    for (int turn = 0; turn < 100; ++turn) {
        machine.run_until(machine.now + 10);
    }
    CHECK(sleeper.ran - before <= 550);
    CHECK(sleeper.ran - before >= 450);
}

TEST_CASE("fair share: a nap does not bring a second helping")
{
    FairMachine machine;
    FairThread napper = with_weight(100, 50);
    FairThread spinner = with_weight(100, 50);
    machine.wake(spinner);
    const Ticks begin = machine.now;
    while (machine.now < begin + 100'000) {
        if (!napper.ready) {
            machine.wake(napper);
        }
        if (machine.running == &napper) {
            machine.run_until(machine.now + 40);
            machine.block(napper);
        } else {
            machine.run_until(machine.now + 1);
        }
    }
    CHECK(napper.ran <= 51'000);
    CHECK(spinner.ran >= 49'000);
}

TEST_CASE("fair share: a thread on its way from another CPU takes its debt along, and no virtual time")
{
    FairMachine first;
    FairMachine second;
    FairThread a = with_weight(10, 100);
    FairThread b = with_weight(10, 100);
    FairThread other = with_weight(10, 100);
    first.wake(a);
    first.wake(b);
    for (int turn = 0; turn < 9'999; ++turn) {
        first.run_until(first.now + 100);
    }
    FairThread& ahead = first.running == &a ? b : a;  // it has just had its slice
    const auto debt = ahead.sched.start - first.running->sched.start;
    first.block(ahead);
    second.wake(other);
    second.wake(ahead);
    CHECK(ahead.sched.start == second.queue.virtual_now() + debt);
    CHECK(second.running == &other);
}

TEST_CASE("fair share: searches see threads in the order of their turns, and priorities do not count")
{
    FairMachine machine;
    std::array<FairThread, 3> threads{with_weight(1, 10), with_weight(2, 10), with_weight(3, 10)};
    machine.wake(threads[0]);
    machine.run_until(machine.now + 10);
    machine.wake(threads[1]);
    machine.run_until(machine.now + 10);
    machine.queue.change_priority(threads[0], 9, true);
    CHECK(threads[0].priority == 9);
    std::vector<const FairThread*> seen;
    CHECK(machine.queue.find([&](const FairThread& thread) {
        seen.push_back(&thread);
        return sched::Search::pass;
    }) == nullptr);
    CHECK(seen.size() == 2);
    CHECK(seen[0] == machine.running);
    CHECK(machine.queue.find([](const FairThread&) { return sched::Search::take; }) == machine.running);
    CHECK(machine.queue.find([](const FairThread&) { return sched::Search::stop; }) == nullptr);
    CHECK(&machine.queue.rotate(*machine.running) == machine.queue.pick());
    CHECK(!machine.queue.must_share(threads[0]));
}
