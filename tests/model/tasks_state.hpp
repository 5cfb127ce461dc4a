// What the model tests of core/tasks share: queues of tasks, workers that sleep by events, and a group.
#pragma once

#include "core/tasks/group_word.hpp"
#include "core/tasks/parking.hpp"
#include "core/tasks/waiting.hpp"
#include "model_test.hpp"

#include <pegplan/lockfree/mpmc_queue.hpp>
#include <pegplan/lockfree/work_deque.hpp>

#include <array>
#include <optional>

namespace pegplan::model::tasks {

using kernel::Sleep;
using Word = kernel::GroupWord<ModelAtomics>;

inline constexpr std::size_t workers = 2;
inline constexpr std::size_t most_items = 2;
inline constexpr kernel::WorkerMask<workers> nobody_is_near{};

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

}  // namespace pegplan::model::tasks
