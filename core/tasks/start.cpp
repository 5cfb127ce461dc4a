// Spawning the workers, and what they have done.
#include "core/tasks/worker.hpp"

#include <pegplan/mutex.hpp>
#include <pegplan/thread_builder.hpp>

#include <string_view>

namespace pegplan {

namespace {

constinit std::atomic<bool> all_workers_spawned{false};  // stored with release when everything that workers read is there
constinit Mutex<std::size_t> spawned_workers{std::size_t{0}};  // how many

constexpr CpuId cpu_of_worker(std::size_t number) noexcept
{
    return CpuId{static_cast<std::uint32_t>(number % cpu_count)};
}

/// Who is near to whom.
void prepare_workers() noexcept
{
    for (std::size_t number = 0; number < kernel::worker_count; ++number) {
        kernel::TaskWorker& worker = kernel::task_workers[number];
        worker.number = static_cast<std::uint32_t>(number);
        worker.random = worker.number + 1;
        worker.node = static_cast<kernel::NodeIndex>(numa::node_of(cpu_of_worker(number)).index());
        kernel::workers_by_node[worker.node].mask[number / kernel::sleepers_per_word] |=
            std::uint64_t{1} << number % kernel::sleepers_per_word;
    }
    for (std::uint32_t node = 0; node < kernel::node_count; ++node) {
        kernel::workers_by_node[node].nearest_first.build(
            [node](std::size_t number) { return numa::distance(NodeId{node}, NodeId{kernel::task_workers[number].node}); });
    }
}

/// "task" and the number.
class WorkerName {
public:
    explicit WorkerName(std::size_t number) noexcept
    {
        char digits[8];
        std::size_t count = 0;
        do {
            digits[count++] = static_cast<char>('0' + number % 10);
            number /= 10;
        } while (number != 0);
        while (count != 0) {
            text_[size_++] = digits[--count];
        }
    }
    [[nodiscard]] std::string_view text() const noexcept { return {text_, size_}; }

private:
    char text_[16]{'t', 'a', 's', 'k'};
    std::size_t size_ = 4;
};

/// As much as any other thread, whoever spawns it.
template <class Builder>
void choose_weight([[maybe_unused]] Builder& builder) noexcept
{
    if constexpr (config::sched_fair) {
        builder.weight(default_weight);
    }
}

Result<void> spawn_worker(std::size_t number) noexcept
{
    kernel::TaskWorker& worker = kernel::task_workers[number];
    const WorkerName name{number};
    ThreadBuilder builder;
    builder.name(name.text())
        .priority(Priority{config::task_priority})
        .stack_size(config::task_stack_size)
        .cpu_affinity(CpuSet{cpu_of_worker(number)})
        .numa_node(NodeId{worker.node});
    choose_weight(builder);
    const auto thread = builder.spawn([&worker] { kernel::run_task_worker(worker); });
    return thread ? Result<void>{} : Result<void>{thread.error()};
}

}  // namespace

bool kernel::has_task_workers() noexcept
{
    return all_workers_spawned.load(std::memory_order_acquire);
}

namespace tasks {

Result<void> start() noexcept
{
    if (kernel::has_task_workers()) {
        return {};
    }
    const auto spawned = spawned_workers.lock();
    if (*spawned == 0) {
        prepare_workers();
    }
    for (; *spawned < kernel::worker_count; ++*spawned) {
        if (const Result<void> started = spawn_worker(*spawned); !started) {
            return started.error();
        }
    }
    all_workers_spawned.store(true, std::memory_order_release);
    return {};
}

bool on_worker() noexcept
{
    return !kernel::in_isr() && kernel::current_task_worker() != nullptr;
}

WorkerStats stats(std::size_t number) noexcept
{
    if (number >= worker_count) {
        return {};
    }
    const kernel::TaskWorker& worker = kernel::task_workers[number];
    return {
        .cpu = cpu_of_worker(number),
        .node = NodeId{worker.node},
        .executed = worker.executed.value(),
        .at_once = worker.at_once.value(),
        .local_steals = worker.local_steals.value(),
        .remote_steals = worker.remote_steals.value(),
        .jobs = worker.jobs.value(),
        .parks = worker.parks.value(),
    };
}

}  // namespace tasks

}  // namespace pegplan
