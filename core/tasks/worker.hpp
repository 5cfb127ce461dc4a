// Workers: the threads that do tasks. Each has a deque of its own, of which others steal; all share the inbox.
#pragma once

#include "core/memory/nodes.hpp"
#include "core/smp/victims.hpp"
#include "core/tasks/parking.hpp"
#include "core/tasks/slot_pool.hpp"

#include <pegplan/lockfree/mpmc_queue.hpp>
#include <pegplan/lockfree/work_deque.hpp>
#include <pegplan/one_writer_counter.hpp>
#include <pegplan/task_group.hpp>

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace pegplan::kernel {

inline constexpr std::size_t worker_count = tasks::worker_count;
inline constexpr std::size_t task_deque_capacity = std::bit_ceil(std::size_t{config::task_deque_capacity});
inline constexpr std::size_t task_inbox_capacity = std::bit_ceil(std::size_t{config::task_inbox_capacity});

static_assert(config::task_priority < config::num_priorities);
static_assert(worker_count < thread_waits, "a group's word has 16 bits for who waits");

/// Written by one worker.
using WorkerCounter = OneWriterCounter<std::uint64_t>;

struct alignas(cache_line_size) TaskWorker {
    WorkDeque<TaskCore*, task_deque_capacity> deque;
    SlotPool<TaskSlot, task_deque_capacity> slots;
    std::uint32_t number = 0;
    std::atomic<const ThreadControl*> thread{nullptr};  ///< set by the worker when it begins
    NodeIndex node = 0;
    std::uint32_t nested_steals = 0;  ///< tasks of others under way on its stack, inside of waits
    std::uint32_t random = 0;         ///< state of a generator, not 0
    bool has_job = false;             ///< its latest task is of the inbox
    WorkerCounter executed;
    WorkerCounter at_once;
    WorkerCounter local_steals;
    WorkerCounter remote_steals;
    WorkerCounter jobs;
    WorkerCounter parks;
};

extern constinit std::array<TaskWorker, worker_count> task_workers;

/// What a worker sleeps for (core/tasks/parking.hpp). Apart from the workers, which are all zeros in the image.
struct TaskEvent {
    BinarySemaphore set{false};
};
extern constinit TaskEvent task_events[worker_count];

/// Sleeps until it is set.
void wait_for_event(TaskWorker& worker) noexcept;

extern constinit MpmcQueue<TaskCore*, task_inbox_capacity> task_inbox;
extern constinit Parking<worker_count> task_parking;

/// The workers as they are seen from a NUMA node.
struct WorkersOfNode {
    VictimOrder<worker_count> nearest_first;
    WorkerMask<worker_count> mask{};  ///< those on the node
};
extern constinit std::array<WorkersOfNode, node_count> workers_by_node;

struct TaskGroupAccess {
    /// One more task, of a worker.
    static void add(TaskGroup& group) noexcept;
    /// The same of anybody else. Panics if a worker waits for the group.
    static void add_guest(TaskGroup& group) noexcept;
    /// A task of the group has been done. The group may be gone when this returns.
    static void finish(TaskGroup& group) noexcept;
};

/// The worker that executes the call, or null. Not in an ISR, where it is the one that has been interrupted.
[[nodiscard]] inline TaskWorker* current_task_worker() noexcept
{
    // A worker stays on its CPU, so for a worker this is that CPU. For other threads it does not matter which one it is.
    const ThreadControl* const self = &running_thread();
    for (std::size_t number = this_cpu().sharing.index; number < worker_count; number += cpu_count) {
        if (task_workers[number].thread.load(std::memory_order_relaxed) == self) {
            return &task_workers[number];
        }
    }
    return nullptr;
}

/// Has somebody look for the task that has just been put into the deque of `worker`.
void wake_for_task(const TaskWorker& worker) noexcept;

/// Has somebody look for the task that has just been put into the inbox. Also from ISRs.
void wake_for_job() noexcept;

/// A task of `worker`'s own, the youngest, or null.
[[nodiscard]] inline TaskCore* own_task(TaskWorker& worker) noexcept
{
    return worker.deque.try_pop().value_or(nullptr);
}

enum class Loot : std::uint8_t {
    one,    ///< one task
    menus,  ///< with TASK_STEAL_HALF more of them, which are put into the thief's deque
};

/// The oldest task of another worker's, or null.
[[nodiscard]] TaskCore* steal_task(TaskWorker& thief, Loot loot) noexcept;

/// Does a task, in `worker` or, if null, in a thread that is none.
void execute_task(TaskWorker* worker, TaskCore& task) noexcept;

/// A task is to be done at once.
void count_at_once(TaskWorker* worker) noexcept;

/// A record for a thread that is no worker, or null.
[[nodiscard]] TaskSlot* take_guest_slot() noexcept;

/// What a worker does, for ever.
[[noreturn]] void run_task_worker(TaskWorker& worker) noexcept;

/// Whether all workers have been spawned.
[[nodiscard]] bool has_task_workers() noexcept;

}  // namespace pegplan::kernel
