// Threads beside their memory, on a machine whose memory is not equally far from all CPUs.
//
//     scripts/pegplan run numa_aware --board qemu-x86_64-q35-2s --set CPUS=4
//
// The board file says which CPUs and which memory form a node, and how far nodes are from one another. Stacks come from the node of the
// CPU that spawns, or from the one that the builder names; tasks are stolen from near workers first. On a board that says
// nothing about nodes all of this can be called as well: there is one node.
#include <pegplan/pegplan.hpp>

#include <array>
#include <functional>

using namespace pegplan;

namespace {

constexpr std::size_t values_of_a_part = 1024;

CpuSet cpus_of(NodeId node)
{
    CpuSet cpus;
    for (std::uint32_t index = 0; index < cpu_count; ++index) {
        if (numa::node_of(CpuId{index}) == node) {
            cpus.add(CpuId{index});
        }
    }
    return cpus;
}

void describe()
{
    print("{} NUMA {}\n", numa::node_count, numa::node_count == 1 ? "node: all memory is equally near" : "nodes");
    for (std::uint32_t index = 0; index < numa::node_count; ++index) {
        const NodeId node{index};
        print("node {}: {} CPUs, distances", index, cpus_of(node).count());
        for (std::uint32_t other = 0; other < numa::node_count; ++other) {
            print(" {}", numa::distance(node, NodeId{other}));
        }
        print("\n");
    }
}

/// A part of the work, on the memory of the stack that it runs on.
std::uint64_t work_on_a_part(std::uint32_t seed)
{
    std::array<std::uint64_t, values_of_a_part> values;
    for (std::size_t i = 0; i < values.size(); ++i) {
        values[i] = seed + i;
    }
    std::uint64_t sum = 0;
    for (const std::uint64_t value : values) {
        sum += value;
    }
    return sum;
}

/// On each node with CPUs a thread that runs on these and whose stack is there.
bool one_thread_each()
{
    for (std::uint32_t index = 0; index < numa::node_count; ++index) {
        const NodeId node{index};
        const CpuSet cpus = cpus_of(node);
        if (cpus.empty()) {
            print("node {}: no CPU of this image\n", index);
            continue;
        }
        const std::size_t before = numa::stats(node).free_bytes;
        auto thread = ThreadBuilder{}.numa_node(node).cpu_affinity(cpus).spawn([index] {
            const std::uint64_t sum = work_on_a_part(index);
            return numa::this_node() == NodeId{index} ? sum : 0;
        });
        if (!thread) {
            print("node {}: {}\n", index, thread.error());
            return false;
        }
        const bool from_there = numa::stats(node).free_bytes < before;
        print("node {}: sum {}, its stack from there: {}\n", index, thread->join().value(), from_there);
    }
    return true;
}

/// The same work as tasks: each worker's own, and what others have of it, the nearest first.
void as_tasks()
{
    constexpr std::uint32_t parts = 64;
    const std::uint64_t sum = parallel_reduce(std::uint32_t{0}, parts, std::uint32_t{1}, std::uint64_t{0}, std::plus{}, work_on_a_part);
    std::array<std::uint64_t, numa::node_count> tasks_done{};
    std::uint64_t remote = 0;
    for (std::size_t number = 0; number < tasks::worker_count; ++number) {
        const tasks::WorkerStats stats = tasks::stats(number);
        tasks_done[stats.node.index()] += stats.executed;
        remote += stats.remote_steals;
    }
    print("sum of {} parts: {}\n", parts, sum);
    for (std::size_t index = 0; index < tasks_done.size(); ++index) {
        print("tasks on node {}: {}\n", index, tasks_done[index]);
    }
    print("stolen from other nodes: {}\n", remote);
}

}  // namespace

int main()
{
    describe();
    if (!one_thread_each()) {
        return 1;
    }
    as_tasks();
    print("numa_aware: done\n");
    return 0;
}
