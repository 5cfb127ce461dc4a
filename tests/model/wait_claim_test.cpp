// Model tests of core/sync/wait_claim.hpp, in the protocol by which waits end where there are several CPUs (core/smp/settle.hpp): the locks of
// primitives, that of the thread's domain, and the claim between them. A thread waits at one object or at two, with a time limit or
// without; wakers give one unit each to whoever waits at their object, or leave it there.
#include "core/sync/ticket_lock.hpp"
#include "core/sync/wait_claim.hpp"
#include "model_test.hpp"

#include <doctest/doctest.h>

#include <array>
#include <mutex>

namespace pegplan::model {

namespace {

using Lock = kernel::TicketLock<ModelAtomics>;
using Claim = kernel::WaitClaim<ModelAtomics>;

/// The control: two steps instead of one.
class ClaimInTwoSteps {
public:
    void arm() noexcept { open_.store(1, std::memory_order_relaxed); }
    [[nodiscard]] bool take() noexcept
    {
        const std::uint32_t was = open_.load(std::memory_order_relaxed);
        open_.store(0, std::memory_order_relaxed);
        return was != 0;
    }

private:
    ModelAtomics::atomic<std::uint32_t> open_{0};
};

/// A primitive: a queue with room for one, and units. Its lock is one of a table, and not its own.
struct Object {
    ModelAtomics::plain<int> waits{0};
    ModelAtomics::plain<int> units{0};
};

constexpr int nobody = 0;
constexpr int time_limit = 9;  // else: 1 + the object's number

template <class AnyClaim>
struct State {
    std::array<Object, 2> objects;
    std::array<Lock, 2> locks;
    Lock domain;
    AnyClaim claim;
    ModelAtomics::plain<int> timer_runs{0};
    ModelAtomics::plain<int> reason{nobody};
    ModelAtomics::atomic<std::uint32_t> ready{0};  // stands for the run queue: who is in it comes to run, and then takes the domain's lock
    int woken_by = nobody;
    int ends = 0;

    /// By the winner of the claim, with nothing locked.
    void deliver(int why)
    {
        const std::scoped_lock guard{domain};
        timer_runs.write() = 0;
        reason.write() = why;
        ready.store(1, std::memory_order_relaxed);
    }
};

/// What may go wrong: readying a thread before the object has been left.
enum class Order : bool { leave_first, deliver_first };

template <class AnyClaim>
void give(State<AnyClaim>& state, std::size_t index, Order order)
{
    Object& object = state.objects[index];
    Lock& lock = state.locks[index];
    lock.lock();
    bool won = false;
    if (object.waits.read() != 0) {
        object.waits.write() = 0;
        won = state.claim.take();
    }
    if (won && order == Order::deliver_first) {
        state.deliver(static_cast<int>(index) + 1);
    }
    object.units.write() = object.units.read() + (won ? 0 : 1);
    lock.unlock();
    if (won && order == Order::leave_first) {
        state.deliver(static_cast<int>(index) + 1);
    }
}

template <class AnyClaim>
void expire(State<AnyClaim>& state, std::size_t objects)
{
    bool won = false;
    {
        const std::scoped_lock guard{state.domain};
        if (state.timer_runs.read() != 0) {
            state.timer_runs.write() = 0;
            won = state.claim.take();
        }
    }
    if (won) {
        for (std::size_t index = 0; index < objects; ++index) {
            const std::scoped_lock guard{state.locks[index]};
            state.objects[index].waits.write() = 0;
        }
        state.deliver(time_limit);
    }
}

/// Takes a unit that is there, or waits. A thread that was woken at the one object at which it waited destroys it.
template <class AnyClaim>
void wait(State<AnyClaim>& state, std::size_t objects, bool limited)
{
    for (std::size_t index = 0; index < objects; ++index) {
        state.locks[index].lock();
    }
    for (std::size_t index = 0; index < objects && state.woken_by == nobody; ++index) {
        if (state.objects[index].units.read() > 0) {
            state.objects[index].units.write() = state.objects[index].units.read() - 1;
            state.woken_by = static_cast<int>(index) + 1;
        }
    }
    if (state.woken_by == nobody) {
        const std::scoped_lock guard{state.domain};
        state.claim.arm();
        state.timer_runs.write() = limited ? 1 : 0;
        for (std::size_t index = 0; index < objects; ++index) {
            state.objects[index].waits.write() = 1;
        }
    }
    for (std::size_t index = objects; index-- > 0;) {
        state.locks[index].unlock();
    }
    if (state.woken_by == nobody) {
        ModelAtomics::wait_until(state.ready, std::memory_order_relaxed, [](std::uint32_t ready) { return ready != 0; });
        {
            const std::scoped_lock guard{state.domain};
            state.woken_by = state.reason.read();
        }
        for (std::size_t index = 0; index < objects && objects > 1; ++index) {
            const std::scoped_lock guard{state.locks[index]};
            state.objects[index].waits.write() = 0;
        }
        if (objects == 1 && state.woken_by != time_limit) {
            state.objects[0].units.write() = 0;  // destroyed
        }
    }
    ++state.ends;
}

/// Outcomes: why the wait has ended.
template <class AnyClaim = Claim>
ModelTest ending(std::size_t objects, int wakers, bool limited, Order order = Order::leave_first)
{
    const std::string name = "WaitClaim: " + std::to_string(wakers) + (wakers == 1 ? " waker" : " wakers") + " at " +
                             std::to_string(objects) + (objects == 1 ? " object" : " objects") + (limited ? ", with a limit" : "");
    return {name,
            [=](Scenario& scenario) {
                auto& state = scenario.make<State<AnyClaim>>();
                scenario.name(state.domain, "domain");
                scenario.name(state.claim, "claim");
                scenario.thread("waiter", [&state, objects, limited] { wait(state, objects, limited); });
                for (int waker = 0; waker < wakers; ++waker) {
                    scenario.thread("waker" + std::to_string(waker), [&state, waker, objects, order] {
                        give(state, static_cast<std::size_t>(waker) % objects, order);
                    });
                }
                if (limited) {
                    scenario.thread("timer", [&state, objects] { expire(state, objects); });
                }
                scenario.finally([&state, objects, wakers] {
                    int left = 0;
                    for (std::size_t index = 0; index < objects; ++index) {
                        left += state.objects[index].units.read();
                    }
                    check(state.ends == 1, "the wait has ended once");
                    check(left + (state.woken_by == time_limit ? 0 : 1) == wakers, "each unit was taken, or is there");
                    observe(state.woken_by);
                });
            },
            {}};
}

TEST_CASE("WaitClaim: waker against waker, and against the time limit" * doctest::test_suite("quick"))
{
    expect_pass(ending(1, 1, false));
    CHECK(expect_pass(ending(2, 2, false)).outcomes.contains({2}));
    const Result one = expect_pass(ending(1, 1, true));
    CHECK(one.outcomes.contains({1}));
    CHECK(one.outcomes.contains({time_limit}));
}

TEST_CASE("WaitClaim: all three" * doctest::test_suite("quick"))
{
    const Result all = expect_pass(ending(2, 2, true));
    CHECK(all.outcomes.contains({1}));
    CHECK(all.outcomes.contains({2}));
    CHECK(all.outcomes.contains({time_limit}));
}

TEST_CASE("WaitClaim: a claim of two steps is won twice" * doctest::test_suite("quick"))
{
    expect_failure(ending<ClaimInTwoSteps>(2, 2, false), FailureKind::assertion);
}

TEST_CASE("WaitClaim: who readies before leaving the object touches one that is gone" * doctest::test_suite("quick"))
{
    expect_failure(ending(1, 1, false, Order::deliver_first), FailureKind::data_race);
}

TEST_CASE("WaitClaim: mutants of the locks around it" * doctest::test_suite("quick"))
{
    // The claim itself has no order that could be weaker.
    const ModelTest tests[] = {ending(1, 1, false), ending(1, 1, true), ending(2, 2, false)};
    expect_caught("core/sync/ticket_lock.hpp", tests);
}

}  // namespace

}  // namespace pegplan::model
