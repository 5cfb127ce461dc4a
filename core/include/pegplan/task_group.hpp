// Fork-join: small pieces of work that need no stack of their own.
//
//     long fibonacci(int n)
//     {
//         if (n < 12) {
//             return fibonacci_alone(n);
//         }
//         long a = 0;
//         TaskGroup group;
//         group.run([&a, n] { a = fibonacci(n - 1); });
//         const long b = fibonacci(n - 2);
//         group.wait();
//         return a + b;
//     }
//
// Tasks are done by workers: threads of the kernel, one on each CPU (TASK_WORKERS_PER_CPU), with a priority and a stack of the menu's.
// A worker keeps what its task runs in a deque of its own, and does the youngest first; workers without tasks steal the oldest of
// others, near ones first. What ordinary threads and interrupt handlers run goes through one queue, the inbox, to whichever worker has
// nothing to do. Nothing is allocated: closures lie in a fixed number of records, and a task for which there is none is done by its caller
// at once. docs/tasks.md tells what that costs, and what tasks may do.
#pragma once

#include <pegplan/config/tasks.hpp>
#include <pegplan/cpu_set.hpp>
#include <pegplan/lockfree/mpsc_list.hpp>
#include <pegplan/result.hpp>
#include <pegplan/semaphore.hpp>
#include <pegplan/types.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "core/tasks/group_word.hpp"

namespace pegplan {

class TaskGroup;

namespace kernel {

/// A task without its function.
struct TaskCore {
    using Call = void (*)(TaskCore& self) noexcept;

    /// Whose record it is. (All zeros is a record of the kernel's that has never been out.)
    using Origin = std::uint32_t;
    static constexpr Origin own_record = 0;     ///< the caller's
    static constexpr Origin guest_record = 1;   ///< of those for threads that are no workers
    static constexpr Origin worker_record = 2;  ///< that of worker n is this plus n

    Call call = nullptr;
    TaskGroup* group = nullptr;  ///< for which it is to be done or being done, or null
    Origin origin = own_record;
};

inline constexpr std::size_t task_closure_alignment = 16;
inline constexpr std::size_t task_closure_size =
    (std::max(std::size_t{config::task_closure_size}, task_closure_alignment) + task_closure_alignment - 1) /
    task_closure_alignment * task_closure_alignment;

/// A record of the kernel's, with room for a closure.
struct TaskSlot : TaskCore, MpscLink<TaskSlot> {
    TaskSlot* next_free = nullptr;
    alignas(task_closure_alignment) std::byte closure[task_closure_size]{};
};

/// What a task calls: a function without arguments and result.
template <class F>
concept TaskFunction = std::invocable<F&> && std::is_void_v<std::invoke_result_t<F&>>;

/// A record for a task that the caller runs, or null when there is none. From threads: panics in an ISR.
TaskSlot* take_task_slot() noexcept;

/// What the workers do to groups.
struct TaskGroupAccess;

/// Puts it into its queue; if that is full, does it.
void run_task_slot(TaskGroup& group, TaskSlot& slot) noexcept;

}  // namespace kernel

/// A task in memory of the caller's, `function()`: of any size, and free to be run again when it has been done. It must not be destroyed
/// while it is to be done or being done: panics.
template <kernel::TaskFunction F>
class Task : public kernel::TaskCore {
public:
    constexpr explicit Task(F function) noexcept
        : kernel::TaskCore{.call = [](kernel::TaskCore& self) noexcept { static_cast<Task&>(self).function_(); }},
          function_(std::move(function))
    {
    }
    ~Task() { kernel::invariant(group == nullptr, "a task was destroyed while it was to be done"); }
    Task(const Task&) = delete;
    Task& operator=(const Task&) = delete;

private:
    F function_;
};

/// Tasks that somebody waits for together. It belongs to the thread, or to the task, that makes it, and that alone waits for it.
///
/// A group that a thread has made may be given tasks by threads, tasks and interrupt handlers, also while it is waited for. A
/// group that a task has made may be given tasks by tasks alone.
class TaskGroup {
public:
    template <bool available = config::tasks>
    constexpr TaskGroup() noexcept
    {
        static_assert(available, "TaskGroup needs the option TASKS");
    }
    /// Waits, since what is run mostly refers to what lives as long as the group.
    ~TaskGroup() { wait(); }
    TaskGroup(const TaskGroup&) = delete;
    TaskGroup& operator=(const TaskGroup&) = delete;

    /// Has `function()` called by a worker, some time up to the end of the next wait(). If there is no record for its closure,
    /// it is called before this returns: so do not hold a lock that it takes. The first task of an image spawns the workers, and panics
    /// if that fails; tasks::start tells instead. From threads and tasks; panics in an ISR.
    template <class F>
        requires(!std::derived_from<std::remove_reference_t<F>, kernel::TaskCore>)
    void run(F&& function) noexcept
    {
        using Function = std::decay_t<F>;
        static_assert(kernel::TaskFunction<Function>,
                      "a task is a function without arguments and without a result: it writes what it finds to where the caller will look");
        static_assert(sizeof(Function) <= kernel::task_closure_size,
                      "the closure is larger than TASK_CLOSURE_SIZE: capture a reference, or run a Task");
        static_assert(alignof(Function) <= kernel::task_closure_alignment,
                      "the closure needs a larger alignment than tasks have: run a Task");
        kernel::TaskSlot* const slot = kernel::take_task_slot();
        if (slot == nullptr) [[unlikely]] {
            std::forward<F>(function)();
            return;
        }
        ::new (static_cast<void*>(slot->closure)) Function(std::forward<F>(function));
        slot->call = [](kernel::TaskCore& self) noexcept {
            auto& closure = *std::launder(reinterpret_cast<Function*>(static_cast<kernel::TaskSlot&>(self).closure));
            closure();
            std::destroy_at(&closure);
        };
        kernel::run_task_slot(*this, *slot);
    }

    /// The same for a task in memory of the caller's; one that has not been done yet panics. From threads and tasks; panics in an ISR.
    void run(kernel::TaskCore& task) noexcept;

    /// The same, but never does the task itself, and always puts it into the inbox. Of a thread's group. Errors, then nothing has changed:
    /// too_many_tasks (the inbox is full), not_started (there are no workers yet: tasks::start). From threads and
    /// ISRs; never blocks.
    Result<void> submit(kernel::TaskCore& task) noexcept;

    /// Returns when all tasks of the group have been done, those included that are added meanwhile. What they have written can be
    /// read then. A thread sleeps until then; a worker does its own tasks meanwhile, the youngest first, and then what others have.
    /// By who has made the group. From threads and tasks.
    void wait() noexcept
    {
        if (!word_.is_untouched()) {
            wait_for_tasks();
        }
    }

    /// Whether nothing is left to be done at this moment; if so, what tasks have written can be read. From anywhere.
    [[nodiscard]] bool is_done() const noexcept { return word_.is_done(); }

private:
    friend struct kernel::TaskGroupAccess;

    void wait_for_tasks() noexcept;

    kernel::GroupWord<> word_;
    BinarySemaphore all_done_;  ///< for a thread that waits
};

namespace tasks {

/// How many workers there are: those of CPU n are number n, n + cpu_count, and so on.
inline constexpr std::size_t worker_count = config::tasks ? std::size_t{config::task_workers_per_cpu} * config::cpus : 0;

/// Spawns the workers, which the first task of an image otherwise does. No effect when it has been done. Errors: too_many_threads,
/// out_of_memory, stack_too_small (TASK_STACK_SIZE); what has been spawned by then stays, and another call goes on from there.
/// From threads.
Result<void> start() noexcept;

/// Whether a worker executes the call: false in threads that are no workers, and in interrupt handlers. Context: anywhere.
[[nodiscard]] bool on_worker() noexcept;

/// What a worker has done since it was spawned.
struct WorkerStats {
    CpuId cpu;
    NodeId node;
    std::uint64_t executed = 0;       ///< tasks, those that it has done at once included
    std::uint64_t at_once = 0;        ///< tasks for which there was no room, so that `run` did them
    std::uint64_t local_steals = 0;   ///< tasks that it took from workers on its own NUMA node
    std::uint64_t remote_steals = 0;  ///< tasks that it took from workers on other nodes
    std::uint64_t jobs = 0;           ///< tasks that it took from the inbox
    std::uint64_t parks = 0;          ///< how often it has slept because there was nothing to do
};

/// Of worker `number`; all 0 for one that does not exist. Counts of what happens meanwhile may be in it or not. Context: anywhere.
[[nodiscard]] WorkerStats stats(std::size_t number) noexcept;

/// How many tasks threads that are no workers have done themselves, because there was no room. Context: anywhere.
[[nodiscard]] std::uint64_t done_by_threads() noexcept;

}  // namespace tasks

}  // namespace pegplan
