// Idle CPUs take over threads that wait for others.
//
//     idle CPU                                          whoever leaves a thread waiting
//         looks at all CPUs with a surplus, finds nothing    puts it into a run queue, sets the CPU's `surplus`
//         enters the set of sleepers                         seq_cst fence
//         seq_cst fence                                      claims a sleeper that may run the thread, and interrupts it
//         looks once more
//         sleeps until it is interrupted
//
// Dekker's argument, as in core/tasks/parking.hpp: of the two fences one is first. If it is the idle CPU's, the other side finds it in the
// set; else it finds `surplus` set when it looks again, and takes the lock under which the thread was put there.
//
// Invariants
//   I1  `surplus` of a CPU is true if a thread is in its run queue that neither runs nor is about to. It is cleared by a thief that has
//       looked, under the domain's lock, and found nobody who waits.
//   I2  Who was claimed looks, or claims another one in its place (`end_idleness`). So a thread that may use every CPU does not wait while a
//       CPU sleeps. One that may use some of them may: who is claimed in another's place is any sleeper, and finds nothing that
//       it may take.
//   I3  A thread is taken under the locks of both domains, and only one that waits: what runs, or is about to be moved, stands in no run
//       queue or is `current`.
//
// Memory orders: `surplus` is relaxed; the fences order it against the set, and what is in the run queue is ordered by the domain's
// lock. Model test: tests/model/parking_test.cpp, of the same protocol with the same set.
//
// Blumofe and Leiserson, "Scheduling Multithreaded Computations by Work Stealing" (1999): thieves look when they have nothing, and nobody
// else pays. Here whole threads are taken, which stand in run queues ordered by priority rather than in deques: under locks.
#include "core/smp/stealing.hpp"

#include "core/memory/nodes.hpp"
#include "core/sched/section.hpp"
#include "core/smp/sleepers.hpp"
#include "core/smp/victims.hpp"

#include <pegplan/numa.hpp>

#include <optional>
#include <utility>

namespace pegplan::kernel {

namespace {

constinit SleeperSet<config::cpus> idle_cpus{};
constinit std::array<VictimOrder<config::cpus>, node_count> victims_by_node{};

void wake(std::size_t cpu) noexcept
{
    notify(cpus[cpu]);
}

/// Takes the most urgent thread that waits for `victim` and may use the calling CPU. Returns whether there was one; it has run then. If not,
/// nobody else has run either: the idle thread goes on with what it knows.
bool take_from(Cpu& here, Cpu& victim) noexcept
{
    lock_domains(here, victim);
    bool anybody_waits = false;
    ThreadControl* const thread = victim.run_queue.find([&](const ThreadControl& candidate) {
        if (&candidate == victim.current) {
            return sched::Search::pass;
        }
        anybody_waits = true;
        return may_use(candidate, here) ? sched::Search::take : sched::Search::pass;
    });
    if (thread != nullptr) {
        tell_time(victim);
        victim.run_queue.dequeue(*thread);
        move_to(*thread, here);
        make_ready(here, *thread);
    } else if (!anybody_waits) {
        victim.sharing.stealing.surplus.store(false, std::memory_order_relaxed);
    }
    unlock_domains(here, victim);
    if (thread == nullptr) {
        return false;
    }
    settle();
    return true;
}

/// Looks at all CPUs, the nearest first, among equals from the next one on. From the idle thread: when it has taken one, that runs
/// at once, and this returns when it is idle again.
bool steal(Cpu& here) noexcept
{
    const auto from_next_on = [&here](std::size_t equals) { return (here.sharing.index + 1) % equals; };
    return victims_by_node[node_of_cpu(here.sharing.index)].visit(from_next_on, [&here](std::size_t number) {
        Cpu& victim = cpus[number];
        return &victim != &here && victim.sharing.stealing.surplus.load(std::memory_order_relaxed) && take_from(here, victim);
    });
}

}  // namespace

bool find_work(Cpu& here) noexcept
{
    bool& announced = here.sharing.stealing.announced;
    if (std::exchange(announced, false)) {
        static_cast<void>(idle_cpus.remove(here.sharing.index));  // if it was claimed: it looks now
    }
    if (steal(here)) {
        return true;
    }
    announced = true;
    idle_cpus.add(here.sharing.index);
    StdAtomics::fence(std::memory_order_seq_cst);
    return steal(here);
}

void offer(Cpu& cpu, const ThreadControl& waiting) noexcept
{
    cpu.sharing.stealing.surplus.store(true, std::memory_order_relaxed);
    StdAtomics::fence(std::memory_order_seq_cst);
    if (const std::optional<std::size_t> sleeper = idle_cpus.claim(waiting.placement.affinity.words())) {
        wake(*sleeper);
    }
}

void end_idleness(Cpu& here) noexcept
{
    if (std::exchange(here.sharing.stealing.announced, false) && !idle_cpus.remove(here.sharing.index)) {
        if (const std::optional<std::size_t> other = idle_cpus.claim(CpuSet::all().words())) {
            wake(*other);
        }
    }
}

void prepare_stealing() noexcept
{
    for (std::uint32_t node = 0; node < node_count; ++node) {
        victims_by_node[node].build([node](std::size_t cpu) {
            return numa::distance(NodeId{node}, NodeId{node_of_cpu(static_cast<std::uint32_t>(cpu))});
        });
    }
}

}  // namespace pegplan::kernel
