// Stacks on NUMA nodes: where they come from, what happens when a node is full, and what is counted.
#include <pegplan/pegplan.hpp>

#include <algorithm>
#include <array>
#include <cstdint>

using namespace pegplan;

namespace {

constexpr std::uint32_t no_node = ~0U;

/// The node whose memory holds an address.
std::uint32_t node_at(const void* place) noexcept
{
    const auto address = reinterpret_cast<std::uintptr_t>(place);
    for (const arch::NodeMemory& memory : board::numa_memory) {
        if (address >= memory.base && address - memory.base < memory.size) {
            return memory.node;
        }
    }
    return no_node;
}

/// The node of the stack of whoever calls.
[[gnu::noinline]] std::uint32_t node_of_my_stack() noexcept
{
    volatile int here = 0;
    return node_at(const_cast<const int*>(&here));
}

struct Counted {
    std::array<numa::NodeStats, numa::node_count> nodes;
};

Counted count() noexcept
{
    Counted counted{};
    for (std::uint32_t node = 0; node < numa::node_count; ++node) {
        counted.nodes[node] = numa::stats(NodeId{node});
    }
    return counted;
}

void print_difference(const char* what, const Counted& before) noexcept
{
    const Counted now = count();
    for (std::uint32_t node = 0; node < numa::node_count; ++node) {
        const numa::NodeStats& first = before.nodes[node];
        const numa::NodeStats& last = now.nodes[node];
        print("{}: node {}: local {} remote {} missed {}\n", what, node, last.local - first.local, last.remote - first.remote,
              last.missed - first.missed);
    }
}

void show_topology() noexcept
{
    print("nodes {}\n", numa::node_count);
    for (std::uint32_t from = 0; from < numa::node_count; ++from) {
        for (std::uint32_t to = 0; to < numa::node_count; ++to) {
            print("distance {} {} is {}\n", from, to, numa::distance(NodeId{from}, NodeId{to}));
        }
    }
    print("beyond {}\n", numa::distance(NodeId{0}, NodeId{numa::node_count}));
    for (std::uint32_t node = 0; node < numa::node_count; ++node) {
        const auto on_node = [node](std::uint32_t cpu) { return numa::node_of(CpuId{cpu}) == NodeId{node}; };
        std::uint32_t cpus = 0;
        for (std::uint32_t cpu = 0; cpu < cpu_count; ++cpu) {
            cpus += on_node(cpu) ? 1 : 0;
        }
        print("node {} has {} CPUs and {} bytes\n", node, cpus, numa::stats(NodeId{node}).free_bytes > 0 ? "free" : "no");
    }
}

/// On each CPU in turn a thread spawns: by default, and of the node that it names.
void spawn_everywhere() noexcept
{
    const Counted before = count();
    std::uint32_t wrong = 0;
    for (std::uint32_t cpu = 0; cpu < cpu_count; ++cpu) {
        auto there = ThreadBuilder{}.name("there").cpu_affinity(CpuSet{CpuId{cpu}}).spawn([cpu] {
            std::uint32_t mistakes = this_cpu::id() == CpuId{cpu} ? 0 : 1;
            const NodeId home = numa::node_of(CpuId{cpu});
            mistakes += numa::this_node() == home ? 0 : 1;
            auto by_default = spawn(node_of_my_stack);
            mistakes += by_default && by_default->join().value() == home.index() ? 0 : 1;
            for (std::uint32_t node = 0; node < numa::node_count; ++node) {
                auto by_name = ThreadBuilder{}.numa_node(NodeId{node}).spawn(node_of_my_stack);
                mistakes += by_name && by_name->join().value() == node ? 0 : 1;
            }
            return mistakes;
        });
        wrong += there ? there->join().value() : 1;
    }
    print("spawned on {} CPUs, {} wrong\n", cpu_count, wrong);
    print_difference("everywhere", before);
}

/// Fills the last node by threads that stay, and goes on until nothing is left anywhere; then all of it comes back.
void fill() noexcept
{
    constexpr std::size_t large = 12_MiB;
    constexpr NodeId last{numa::node_count - 1};
    const Counted before = count();
    Semaphore end{0};
    std::array<JoinHandle<std::uint32_t>, 40> threads;
    std::size_t count_of_threads = 0;
    Error error{};
    for (JoinHandle<std::uint32_t>& handle : threads) {
        auto spawned = ThreadBuilder{}.stack_size(large).numa_node(last).spawn([&end] {
            end.acquire();
            return node_of_my_stack();
        });
        if (!spawned) {
            error = spawned.error();
            break;
        }
        handle = std::move(*spawned);
        ++count_of_threads;
    }
    print("then {}\n", error);
    for (std::size_t i = 0; i < count_of_threads; ++i) {
        end.release();
    }
    std::uint32_t previous = no_node;
    std::size_t run = 0;
    for (std::size_t i = 0; i < count_of_threads; ++i) {
        const std::uint32_t node = threads[i].join().value();
        if (node != previous && previous != no_node) {
            print("{} of node {}\n", run, previous);
            run = 0;
        }
        previous = node;
        ++run;
    }
    print("{} of node {}\n", run, previous);
    print_difference("filled", before);
    const Counted after = count();
    bool all_back = true;
    for (std::uint32_t node = 0; node < numa::node_count; ++node) {
        // What the pool keeps is not in the arena, but does not hinder.
        all_back = all_back && after.nodes[node].free_bytes <= before.nodes[node].free_bytes;
    }
    print("free bytes {}\n", all_back ? "as before, or in the pool" : "wrong");
    // What came back can be had again.
    auto again = ThreadBuilder{}.stack_size(2 * large).numa_node(last).spawn(node_of_my_stack);
    print("again of node {}\n", again ? again->join().value() : no_node);
}

void refuse() noexcept
{
    ThreadBuilder builder;
    builder.numa_node(NodeId{numa::node_count});
    print("unknown: {}\n", builder.spawn([] {}).error());
    builder.name(static_cast<const char*>(nullptr));
    print("and no name: {}\n", builder.spawn([] {}).error());
    builder.name("named");
    print("named: {}\n", builder.spawn([] {}).error());
    builder.numa_node(NodeId{numa::node_count - 1});
    auto thread = builder.spawn([] { return 7; });
    print("known: {}\n", thread ? thread->join().value() : 0);
    const numa::NodeStats nothing = numa::stats(NodeId{numa::node_count});
    print("stats of no node: {} {} {} {}\n", nothing.local, nothing.remote, nothing.missed, nothing.free_bytes);
}

}  // namespace

int main()
{
    // So that it is known which node the main thread's stacks are local to.
    static_cast<void>(this_thread::current().set_affinity(CpuSet{CpuId{0}}));
    show_topology();
    spawn_everywhere();
    fill();
    refuse();
    return 0;
}
