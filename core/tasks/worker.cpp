// What workers do: their own tasks, those of the inbox, those of others; or they sleep.
#include "core/tasks/worker.hpp"

#include "core/base/index_pool.hpp"

#include <utility>

namespace pegplan::kernel {

constinit std::array<TaskWorker, worker_count> task_workers{};
constinit TaskEvent task_events[worker_count];
constinit MpmcQueue<TaskCore*, task_inbox_capacity> task_inbox{};
constinit Parking<worker_count> task_parking{};
constinit std::array<WorkersOfNode, node_count> workers_by_node{};

namespace {

/// Records for threads that are no workers.
struct GuestSlots {
    std::array<TaskSlot, task_inbox_capacity> slots;
    std::array<IndexPool<>::Link, task_inbox_capacity> links;
    IndexPool<> pool;
};
constinit GuestSlots guests{};
constinit std::atomic<std::uint64_t> done_by_guests{0};

void set_event(std::size_t worker) noexcept
{
    // Set already: one wake-up will do for both.
    static_cast<void>(task_events[worker].set.try_release());
}

/// From 0 to `count` - 1. Marsaglia 2003: xorshift, which never becomes 0.
std::size_t random_below(TaskWorker& worker, std::size_t count) noexcept
{
    std::uint32_t state = worker.random;
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    worker.random = state;
    return static_cast<std::size_t>(std::uint64_t{state} * count >> 32);
}

TaskCore* take_oldest(TaskWorker& victim) noexcept
{
    for (;;) {
        const Stolen<TaskCore*> stolen = victim.deque.try_steal();
        if (stolen.outcome != StealOutcome::lost_race) {
            return stolen.outcome == StealOutcome::stolen ? stolen.item : nullptr;
        }
    }
}

void count_steal(TaskWorker& thief, const TaskWorker& victim) noexcept
{
    (thief.node == victim.node ? thief.local_steals : thief.remote_steals).increment();
}

/// Moves tasks into the thief's deque, which is empty, as long as there are any and not more than `most`.
void take_more(TaskWorker& thief, TaskWorker& victim, std::size_t most) noexcept
{
    for (std::size_t number = 0; number < most; ++number) {
        TaskCore* const task = take_oldest(victim);
        if (task == nullptr) {
            return;
        }
        count_steal(thief, victim);
        const bool fits = thief.deque.try_push(task);
        ensure(fits, "a thief has no room for {} tasks", most);
        wake_for_task(thief);
    }
}

/// Any task.
TaskCore* find_task(TaskWorker& worker, Loot loot) noexcept
{
    if (TaskCore* const own = own_task(worker)) {
        return own;
    }
    if (const std::optional<TaskCore*> job = task_inbox.try_pop()) {
        worker.has_job = true;
        worker.jobs.increment();
        return *job;
    }
    return steal_task(worker, loot);
}

}  // namespace

void wait_for_event(TaskWorker& worker) noexcept
{
    worker.parks.increment();
    task_events[worker.number].set.acquire();
}

void wake_for_task([[maybe_unused]] const TaskWorker& worker) noexcept
{
    if constexpr (worker_count > 1) {
        if (const std::optional<std::size_t> woken = task_parking.claim_for_task(workers_by_node[worker.node].mask)) {
            set_event(*woken);
        }
    }
}

void wake_for_job() noexcept
{
    if (const std::optional<std::size_t> woken = task_parking.claim_for_job(workers_by_node[this_node()].mask)) {
        set_event(*woken);
    }
}

TaskCore* steal_task([[maybe_unused]] TaskWorker& thief, [[maybe_unused]] Loot loot) noexcept
{
    TaskCore* task = nullptr;
    if constexpr (worker_count > 1) {
        const auto random = [&thief](std::size_t count) { return random_below(thief, count); };
        workers_by_node[thief.node].nearest_first.visit(random, [&](std::size_t number) {
            TaskWorker& victim = task_workers[number];
            if (&victim == &thief) {
                return false;
            }
            const std::size_t half = config::task_steal_half && loot == Loot::menus ? (victim.deque.size() + 1) / 2 : 1;
            task = take_oldest(victim);
            if (task == nullptr) {
                return false;
            }
            count_steal(thief, victim);
            if (half > 1) {
                take_more(thief, victim, half - 1);
            }
            return true;
        });
    }
    return task;
}

void execute_task(TaskWorker* worker, TaskCore& task) noexcept
{
    TaskGroup& group = *task.group;
    const TaskCore::Origin origin = task.origin;
    task.call(task);
    if (origin >= TaskCore::worker_record) {
        TaskWorker& owner = task_workers[origin - TaskCore::worker_record];
        auto& slot = static_cast<TaskSlot&>(task);
        if (worker == &owner) [[likely]] {
            owner.slots.give_own(slot);
        } else {
            owner.slots.give(slot);
        }
    } else if (origin == TaskCore::guest_record) {
        const auto index = static_cast<Index>(static_cast<TaskSlot*>(&task) - guests.slots.data());
        const bool was_out = guests.pool.recall(guests.links.data(), index);
        ensure(was_out, "task record {} was given back twice", index);
        guests.pool.give(guests.links.data(), index);
    } else {
        task.group = nullptr;
    }
    if (worker != nullptr) {
        worker->executed.increment();
    }
    TaskGroupAccess::finish(group);
}

void count_at_once(TaskWorker* worker) noexcept
{
    if (worker != nullptr) {
        worker->at_once.increment();
    } else {
        done_by_guests.fetch_add(1, std::memory_order_relaxed);
    }
}

TaskSlot* take_guest_slot() noexcept
{
    const Index index = guests.pool.take(guests.links.data(), static_cast<Index>(task_inbox_capacity));
    if (index == no_index) {
        return nullptr;
    }
    guests.slots[index].origin = TaskCore::guest_record;
    return &guests.slots[index];
}

void TaskGroupAccess::finish(TaskGroup& group) noexcept
{
    const GroupWaiter waiter = group.word_.finish();
    if (waiter == thread_waits) {
        group.all_done_.release();
    } else if (waiter != no_waiter) {
        set_event(waiter - std::size_t{1});
    }
}

void run_task_worker(TaskWorker& worker) noexcept
{
    worker.thread.store(&running_thread(), std::memory_order_relaxed);
    for (;;) {
        TaskCore* task = find_task(worker, Loot::menus);
        bool wake_another = false;
        if (task == nullptr) {
            const auto parked = task_parking.park(
                worker.number, Sleep::idle, [&worker] { return find_task(worker, Loot::one); },
                [&worker] { wait_for_event(worker); });
            task = parked.task;
            wake_another = parked.claimed;
        }
        if (task != nullptr) {
            if (std::exchange(worker.has_job, false) || wake_another) {
                wake_for_task(worker);
            }
            execute_task(&worker, *task);
        }
    }
}

}  // namespace pegplan::kernel

namespace pegplan::tasks {

std::uint64_t done_by_threads() noexcept
{
    return kernel::done_by_guests.load(std::memory_order_relaxed);
}

}  // namespace pegplan::tasks
