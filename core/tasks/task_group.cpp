// Running tasks, and waiting for them.
#include "core/tasks/waiting.hpp"
#include "core/tasks/worker.hpp"

namespace pegplan {

namespace kernel {

namespace {

/// A worker that waits, as do_tasks_until_done sees it.
class WaitingWorker {
public:
    explicit WaitingWorker(TaskWorker& worker) noexcept : worker_{worker} {}

    [[nodiscard]] TaskCore* own() const noexcept { return own_task(worker_); }
    [[nodiscard]] TaskCore* steal() const noexcept { return steal_task(worker_, Loot::menus); }
    [[nodiscard]] bool may_steal() const noexcept
    {
        return worker_count > 1 && worker_.nested_steals < std::uint32_t{config::task_nested_steals};
    }
    void do_own(TaskCore& task) const noexcept { execute_task(&worker_, task); }
    void do_stolen(TaskCore& task) const noexcept
    {
        ++worker_.nested_steals;
        execute_task(&worker_, task);
        --worker_.nested_steals;
    }
    auto park() const noexcept
    {
        return task_parking.park(worker_.number, Sleep::waiting, [this] { return steal_task(worker_, Loot::one); },
                                 [this] { sleep(); });
    }
    void sleep() const noexcept { wait_for_event(worker_); }
    void pass_on() const noexcept { wake_for_task(worker_); }

private:
    TaskWorker& worker_;
};

/// In a function of its own, and so are those below: the arguments of a message take more instructions than the rest of a call.
[[noreturn, gnu::noinline, gnu::cold]] void refuse_handler() noexcept
{
    panic("a task was run by an interrupt handler: TaskGroup::submit can be called there");
}

[[noreturn, gnu::noinline, gnu::cold]] void refuse_wait(GroupWord<>::Wait outcome) noexcept
{
    invariant(outcome != GroupWord<>::Wait::taken, "two threads wait for one group of tasks");
    panic("a task waits for a group to which a thread that is no worker, or an ISR, has added");
}

[[gnu::always_inline]] inline void refuse_isr() noexcept
{
    if (in_isr()) [[unlikely]] {
        refuse_handler();
    }
}

void refuse_pending(const TaskCore& task) noexcept
{
    invariant(task.group == nullptr, "a task was run that has not been done yet");
}

/// The first task of an image.
[[gnu::noinline]] void require_task_workers() noexcept
{
    const Result<void> started = tasks::start();
    invariant(started.has_value(), "the workers of tasks cannot be spawned (tasks::start tells before): {}",
              started.has_value() ? Error{} : started.error());
}

void push_own(TaskWorker& worker, TaskCore& task) noexcept
{
    if (worker.deque.try_push(&task)) [[likely]] {
        wake_for_task(worker);
    } else {
        count_at_once(&worker);
        execute_task(&worker, task);
    }
}

void push_job(TaskCore& task) noexcept
{
    if (task_inbox.try_push(&task)) [[likely]] {
        wake_for_job();
    } else {
        count_at_once(nullptr);
        execute_task(nullptr, task);
    }
}

}  // namespace

void TaskGroupAccess::add(TaskGroup& group) noexcept
{
    group.word_.add();
}

void TaskGroupAccess::add_guest(TaskGroup& group) noexcept
{
    invariant(group.word_.add_guest(), "a thread that is no worker, or an ISR, adds a task to a group for which a task waits");
}

TaskSlot* take_task_slot() noexcept
{
    refuse_isr();
    TaskWorker* const worker = current_task_worker();
    TaskSlot* slot = nullptr;
    if (worker != nullptr) [[likely]] {
        slot = worker->slots.take();
        if (slot != nullptr) [[likely]] {
            slot->origin = TaskCore::worker_record + worker->number;
            return slot;
        }
    } else {
        if (!has_task_workers()) [[unlikely]] {
            require_task_workers();
        }
        slot = take_guest_slot();
    }
    if (slot == nullptr) {
        count_at_once(worker);
    }
    return slot;
}

void run_task_slot(TaskGroup& group, TaskSlot& slot) noexcept
{
    slot.group = &group;
    if (slot.origin != TaskCore::guest_record) [[likely]] {
        TaskGroupAccess::add(group);
        push_own(task_workers[slot.origin - TaskCore::worker_record], slot);
    } else {
        TaskGroupAccess::add_guest(group);
        push_job(slot);
    }
}

}  // namespace kernel

void TaskGroup::run(kernel::TaskCore& task) noexcept
{
    kernel::refuse_isr();
    kernel::refuse_pending(task);
    task.group = this;
    if (kernel::TaskWorker* const worker = kernel::current_task_worker()) {
        word_.add();
        kernel::push_own(*worker, task);
        return;
    }
    if (!kernel::has_task_workers()) [[unlikely]] {
        kernel::require_task_workers();
    }
    kernel::TaskGroupAccess::add_guest(*this);
    kernel::push_job(task);
}

Result<void> TaskGroup::submit(kernel::TaskCore& task) noexcept
{
    if (!kernel::has_task_workers()) {
        return Error::not_started;
    }
    kernel::refuse_pending(task);
    task.group = this;
    kernel::TaskGroupAccess::add_guest(*this);
    if (!kernel::task_inbox.try_push(&task)) {
        task.group = nullptr;
        kernel::TaskGroupAccess::finish(*this);
        return Error::too_many_tasks;
    }
    kernel::wake_for_job();
    return {};
}

void TaskGroup::wait_for_tasks() noexcept
{
    using Wait = kernel::GroupWord<>::Wait;
    kernel::refuse_isr();
    Wait outcome = Wait::pending;
    if (kernel::TaskWorker* const worker = kernel::current_task_worker()) {
        const auto self = static_cast<kernel::GroupWaiter>(worker->number + 1);
        outcome = kernel::do_tasks_until_done(word_, self, kernel::WaitingWorker{*worker});
    } else {
        outcome = word_.begin_wait(kernel::thread_waits, false);
        while (outcome == Wait::pending) {
            all_done_.acquire();
            outcome = word_.begin_wait(kernel::thread_waits, true);
        }
    }
    if (outcome != Wait::done) [[unlikely]] {
        kernel::refuse_wait(outcome);
    }
    word_.end_wait();
}

}  // namespace pegplan
