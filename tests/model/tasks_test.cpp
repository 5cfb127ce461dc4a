// Model tests of core/tasks: workers that go to sleep (parking.hpp), groups (group_word.hpp), and waits for groups (waiting.hpp).
#include "core/tasks/group_word.hpp"
#include "core/tasks/parking.hpp"
#include "core/tasks/waiting.hpp"
#include "model_test.hpp"

#include <pegplan/lockfree/mpmc_queue.hpp>
#include <pegplan/lockfree/work_deque.hpp>

#include <doctest/doctest.h>

#include <array>
#include <optional>

namespace pegplan::model {

namespace {

using kernel::Sleep;
using Word = kernel::GroupWord<ModelAtomics>;

constexpr std::size_t workers = 2;
constexpr std::size_t most_items = 2;
constexpr kernel::WorkerMask<workers> nobody_is_near{};

struct Item {
    ModelAtomics::plain<int> content{0};
    ModelAtomics::plain<int> taken{0};
};

/// As the kernel's binary semaphore: to set it when it is set already writes nothing, so who sees it then sees nothing of that.
struct Event {
    ModelAtomics::atomic<int> word{0};

    void set()
    {
        int unset = 0;
        word.compare_exchange_strong(unset, 1, std::memory_order_release, std::memory_order_relaxed);
    }
    void rest()
    {
        ModelAtomics::wait_until(word, std::memory_order_acquire, [](int value) { return value != 0; });
        word.exchange(0, std::memory_order_acquire);
    }
};

struct State {
    kernel::Parking<workers, ModelAtomics> parking;
    WorkDeque<Item*, 2, ModelAtomics> deque;  // of somebody who only pushes
    MpmcQueue<Item*, 2, ModelAtomics> inbox;
    std::array<Event, workers> events;
    std::array<Item, most_items> items;
    bool waiter_took = false;
    std::optional<Word> group;
    std::array<ModelAtomics::plain<int>, 2> results;

    explicit State(Scenario& scenario)
    {
        scenario.name(parking, "parking");
        scenario.name(deque, "deque");
        scenario.name(inbox, "inbox");
        scenario.name(events, "events");
        group.emplace();
        scenario.name(*group, "group");
    }

    void wake(std::optional<std::size_t> worker)
    {
        if (worker) {
            events[*worker].set();
        }
    }

    void push_task(std::size_t number)
    {
        items[number].content.write() = 1;
        check(deque.try_push(&items[number]), "there is room");
        wake(parking.claim_for_task(nobody_is_near));
    }

    void push_job(std::size_t number)
    {
        items[number].content.write() = 1;
        check(inbox.try_push(&items[number]), "there is room");
        wake(parking.claim_for_job(nobody_is_near));
    }

    Item* steal()
    {
        for (;;) {
            const Stolen<Item*> stolen = deque.try_steal();
            if (stolen.outcome != StealOutcome::lost_race) {
                return stolen.outcome == StealOutcome::stolen ? stolen.item : nullptr;
            }
        }
    }

    static void take(Item& item)
    {
        check(item.content.read() == 1, "what was written before the push is there");
        item.taken.write() = item.taken.read() + 1;
    }

    /// A worker that has nothing to do, up to its first task, which keeps it for ever.
    template <class Look>
    void find_one(std::size_t self, Look look)
    {
        for (;;) {
            Item* item = look();
            if (item == nullptr) {
                const auto parked = parking.park(self, Sleep::idle, look, [this, self] { events[self].rest(); });
                item = parked.task;
                if (item != nullptr && parked.claimed) {
                    wake(parking.claim_for_task(nobody_is_near));
                }
            }
            if (item != nullptr) {
                take(*item);
                return;
            }
        }
    }

    void finish(std::size_t result)
    {
        results[result].write() = 1;
        const kernel::GroupWaiter waiter = group->finish();
        if (waiter != kernel::no_waiter) {
            events[waiter == kernel::thread_waits ? 0 : waiter - std::size_t{1}].set();
        }
    }
};

/// A worker that waits for the group.
struct Waiting {
    State& state;
    std::size_t self;
    bool steals;
    bool took = false;

    static Item* own() { return nullptr; }
    Item* steal() const { return state.steal(); }
    [[nodiscard]] bool may_steal() const { return steals; }
    static void do_own(Item&) {}
    void do_stolen(Item& item)
    {
        State::take(item);
        took = true;
    }
    auto park() const
    {
        return state.parking.park(self, Sleep::waiting, [this] { return steal(); }, [this] { sleep(); });
    }
    void sleep() const { state.events[self].rest(); }
    void pass_on() const { state.wake(state.parking.claim_for_task(nobody_is_near)); }

    Word::Wait wait() { return kernel::do_tasks_until_done(*state.group, static_cast<kernel::GroupWaiter>(self + 1), *this); }
};

/// Somebody who is busy pushes tasks; each keeps the worker that takes it. A wake-up that is lost is a deadlock.
ModelTest stealing(std::size_t tasks, std::size_t thieves)
{
    return {"Parking: " + std::to_string(tasks) + " pushed, " + std::to_string(thieves) + " idle",
            [=](Scenario& scenario) {
                State& state = scenario.make<State>(scenario);
                scenario.thread("owner", [&state, tasks] {
                    for (std::size_t number = 0; number < tasks; ++number) {
                        state.push_task(number);
                    }
                });
                for (std::size_t thief = 0; thief < thieves; ++thief) {
                    scenario.thread("worker" + std::to_string(thief),
                                    [&state, thief] { state.find_one(thief, [&state] { return state.steal(); }); });
                }
                scenario.finally([&state, tasks] {
                    for (std::size_t number = 0; number < tasks; ++number) {
                        check(state.items[number].taken.read() == 1, "every task was taken once");
                    }
                });
            },
            {}};
}

/// Threads put tasks into the inbox; workers take so many that each is taken.
ModelTest inbox(std::size_t producers, std::size_t tasks_of_each, std::size_t takers)
{
    const std::size_t quota = producers * tasks_of_each / takers;
    return {"Parking: " + std::to_string(producers) + (producers == 1 ? " producer of " : " producers of ") +
                std::to_string(tasks_of_each) + ", " + std::to_string(takers) + " idle",
            [=](Scenario& scenario) {
                State& state = scenario.make<State>(scenario);
                for (std::size_t producer = 0; producer < producers; ++producer) {
                    scenario.thread("producer" + std::to_string(producer), [&state, producer, tasks_of_each] {
                        for (std::size_t number = 0; number < tasks_of_each; ++number) {
                            state.push_job(producer * tasks_of_each + number);
                        }
                    });
                }
                for (std::size_t taker = 0; taker < takers; ++taker) {
                    scenario.thread("worker" + std::to_string(taker), [&state, taker, quota] {
                        const auto look = [&state] { return state.inbox.try_pop().value_or(nullptr); };
                        for (std::size_t turn = 0; turn < quota; ++turn) {
                            state.find_one(taker, look);
                            state.wake(state.parking.claim_for_task(nobody_is_near));
                        }
                    });
                }
                scenario.finally([&state, tasks = producers * tasks_of_each] {
                    for (std::size_t number = 0; number < tasks; ++number) {
                        check(state.items[number].taken.read() == 1, "every task was taken once");
                    }
                });
            },
            {}};
}

/// Somebody passes on a wake-up while another one pushes two tasks, and relies on what the first one has done.
ModelTest passing_on()
{
    return {"Parking: 2 pushed, 1 idle, another wakes it too",
            [](Scenario& scenario) {
                State& state = scenario.make<State>(scenario);
                scenario.thread("owner", [&state] {
                    state.push_job(0);
                    state.push_job(1);
                });
                scenario.thread("another", [&state] { state.wake(state.parking.claim_for_task(nobody_is_near)); });
                scenario.thread("worker", [&state] {
                    const auto look = [&state] { return state.inbox.try_pop().value_or(nullptr); };
                    state.find_one(0, look);
                    state.find_one(0, look);
                });
                scenario.finally([] {});
            },
            {}};
}

/// A worker waits for a group, another one has nothing to do. Somebody pushes a task, which may wake either of them, and does the last
/// task of the group, which wakes the first. The pushed one must be done in any case.
ModelTest waiting_among_idle()
{
    return {"Parking: 1 waits for a group beside 1 idle",
            [](Scenario& scenario) {
                State& state = scenario.make<State>(scenario);
                state.group->add();
                scenario.thread("busy", [&state] {
                    state.push_task(0);
                    state.finish(0);
                });
                scenario.thread("waiter", [&state] {
                    Waiting waiting{state, 1, true};
                    check(waiting.wait() == Word::Wait::done, "nothing is wrong");
                    check(state.results[0].read() == 1, "what the task has written is there");
                    state.group.reset();
                    state.waiter_took = waiting.took;
                    if (waiting.took) {
                        state.push_job(1);  // so that the other one comes to an end
                    }
                });
                scenario.thread("idle", [&state] {
                    state.find_one(0, [&state] {
                        Item* const task = state.steal();
                        return task != nullptr ? task : state.inbox.try_pop().value_or(nullptr);
                    });
                });
                scenario.finally([&state] {
                    check(state.items[0].taken.read() == 1, "the task was done");
                    observe(state.waiter_took);
                });
            },
            {}};
}

/// A worker waits for a group. One pushes a task, which wakes it, another does the last task of the group.
ModelTest woken_twice()
{
    return {"Parking: 1 waits for a group, and is woken for a task",
            [](Scenario& scenario) {
                State& state = scenario.make<State>(scenario);
                state.group->add();
                scenario.thread("busy", [&state] { state.push_task(0); });
                scenario.thread("task", [&state] { state.finish(0); });
                scenario.thread("waiter", [&state] {
                    Waiting waiting{state, 1, true};
                    check(waiting.wait() == Word::Wait::done, "nothing is wrong");
                    check(state.results[0].read() == 1, "what the task has written is there");
                    observe(waiting.took);
                });
                scenario.finally([] {});
            },
            {}};
}

/// Two finish the tasks of a group for which a worker waits that has stolen as often as it may.
ModelTest finishing(int finishers)
{
    return {"TaskGroup: a worker waits for " + std::to_string(finishers),
            [=](Scenario& scenario) {
                State& state = scenario.make<State>(scenario);
                for (int finisher = 0; finisher < finishers; ++finisher) {
                    state.group->add();
                    scenario.thread("task" + std::to_string(finisher),
                                    [&state, finisher] { state.finish(static_cast<std::size_t>(finisher)); });
                }
                scenario.thread("waiter", [&state, finishers] {
                    Waiting waiting{state, 0, false};
                    check(waiting.wait() == Word::Wait::done, "nothing is wrong");
                    for (int finisher = 0; finisher < finishers; ++finisher) {
                        check(state.results[static_cast<std::size_t>(finisher)].read() == 1, "what the tasks have written is there");
                    }
                    state.group.reset();
                });
            },
            {}};
}

/// The same; a late wake-up for a task wakes the worker as well.
ModelTest woken_for_nothing()
{
    return {"TaskGroup: a worker waits for 1, and is woken for nothing",
            [](Scenario& scenario) {
                State& state = scenario.make<State>(scenario);
                state.group->add();
                scenario.thread("late", [&state] { state.events[0].set(); });
                scenario.thread("task", [&state] { state.finish(0); });
                scenario.thread("waiter", [&state] {
                    Waiting waiting{state, 0, false};
                    check(waiting.wait() == Word::Wait::done, "nothing is wrong");
                    state.group.reset();
                });
            },
            {}};
}

/// A thread waits: it goes when it has been woken, not earlier, since the finisher wakes it through the group.
ModelTest thread_waiting(int finishers)
{
    return {"TaskGroup: a thread waits for " + std::to_string(finishers),
            [=](Scenario& scenario) {
                State& state = scenario.make<State>(scenario);
                for (int finisher = 0; finisher < finishers; ++finisher) {
                    check(state.group->add_guest(), "no worker waits");
                    scenario.thread("task" + std::to_string(finisher),
                                    [&state, finisher] { state.finish(static_cast<std::size_t>(finisher)); });
                }
                scenario.thread("thread", [&state, finishers] {
                    Word::Wait wait = state.group->begin_wait(kernel::thread_waits, false);
                    while (wait == Word::Wait::pending) {
                        state.events[0].rest();
                        wait = state.group->begin_wait(kernel::thread_waits, true);
                    }
                    check(wait == Word::Wait::done, "nothing is wrong");
                    for (int finisher = 0; finisher < finishers; ++finisher) {
                        check(state.results[static_cast<std::size_t>(finisher)].read() == 1, "what the tasks have written is there");
                    }
                    state.group->end_wait();
                    check(state.group->is_untouched(), "it can be used again");
                    state.group.reset();
                });
            },
            {}};
}

/// Somebody sees without waiting that all has been done.
ModelTest looking()
{
    return {"TaskGroup: somebody looks whether 1 is done",
            [](Scenario& scenario) {
                State& state = scenario.make<State>(scenario);
                state.group->add();
                scenario.thread("task", [&state] { state.finish(0); });
                scenario.thread("first", [&state] {
                    const bool done = state.group->is_untouched();
                    check(!done || state.results[0].read() == 1, "what the task has written is there");
                });
                scenario.finally([] {});
            },
            {}};
}

/// A worker waits for a group to which somebody adds who is no worker: one of them notices.
ModelTest guest()
{
    return {"TaskGroup: a guest beside a worker that waits",
            [](Scenario& scenario) {
                State& state = scenario.make<State>(scenario);
                struct Seen {
                    bool by_guest = false;
                    bool by_worker = false;
                };
                Seen& seen = scenario.make<Seen>();
                state.group->add();
                scenario.thread("guest", [&state, &seen] { seen.by_guest = !state.group->add_guest(); });
                scenario.thread("worker", [&state, &seen] { seen.by_worker = state.group->begin_wait(1, false) == Word::Wait::guests; });
                scenario.finally([&seen] {
                    check(seen.by_guest || seen.by_worker, "one notices");
                    observe(seen.by_guest);
                });
            },
            {}};
}

}  // namespace

TEST_CASE("Parking: no wake-up gets lost" * doctest::test_suite("quick"))
{
    expect_pass(stealing(1, 1));
    expect_pass(stealing(2, 2));
    expect_pass(inbox(1, 1, 1));
    expect_pass(inbox(2, 1, 1));
    expect_pass(passing_on());
    const Result waiting = expect_pass(waiting_among_idle());
    CHECK(waiting.outcomes.contains({0}));
    CHECK(waiting.outcomes.contains({1}));
    expect_pass(woken_twice());
}

TEST_CASE("Parking: larger" * doctest::test_suite("slow"))
{
    expect_pass(inbox(1, 2, 2));
}

TEST_CASE("TaskGroup: a wait ends when all is done, and nobody looks into the group any more" * doctest::test_suite("quick"))
{
    expect_pass(finishing(1));
    expect_pass(finishing(2));
    expect_pass(woken_for_nothing());
    expect_pass(thread_waiting(1));
    expect_pass(thread_waiting(2));
    expect_pass(looking());
    const Result guests = expect_pass(guest());
    CHECK(guests.outcomes.size() == 2);
}

TEST_CASE("Parking: mutants" * doctest::test_suite("quick"))
{
    const ModelTest tests[] = {inbox(1, 1, 1), stealing(1, 1), passing_on(), woken_twice(), waiting_among_idle()};
    expect_caught("core/tasks/parking.hpp", tests);
}

TEST_CASE("TaskGroup: mutants" * doctest::test_suite("quick"))
{
    const ModelTest tests[] = {finishing(1), finishing(2), thread_waiting(1), thread_waiting(2), looking(), woken_for_nothing()};
    expect_caught("core/tasks/group_word.hpp", tests);
}

}  // namespace pegplan::model
