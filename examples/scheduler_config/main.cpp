// What of scheduling is chosen in the menu, and what for each thread.
//
// The policy is fixed when the image is built, and so are the usual time slice and the number of priorities:
//
//     scripts/pegplan run scheduler_config
//     scripts/pegplan run scheduler_config --set SCHED_ROUND_ROBIN=y --set TIME_SLICE_US=5000
//     scripts/pegplan run scheduler_config --set SCHED_FAIR=y
//     scripts/pegplan run scheduler_config --set CPUS=4
//
// Of each thread the builder says its priority, slice and CPUs; weights and deadlines where the policy has them. The program shows what
// comes of it: it is the same program for each of these, and prints something else.
#include <pegplan/pegplan.hpp>

#include <atomic>
#include <string_view>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

constexpr Priority urgent{20};
constexpr Priority ordinary{10};

constexpr std::string_view policy_name() noexcept
{
    return config::sched_edf           ? "earliest deadline first"
           : config::sched_fair        ? "proportional share"
           : config::sched_round_robin ? "plain round robin"
                                       : "fixed priority, round robin within a priority";
}

// Of the threads that share a CPU.
constexpr auto begin_after = 1ms;
constexpr auto length = 80ms;

/// The third CPU, as long as there is one.
constexpr CpuId chosen_cpu{cpu_count > 2 ? 2u : cpu_count - 1};

bool spawn_failed(Error error)
{
    print("a thread could not be spawned: {}\n", error);
    return false;
}

/// An urgent thread is spawned beside one that computes: does it preempt?
bool show_priorities()
{
    std::atomic<bool> stop{false};
    std::atomic<bool> urgent_has_run{false};
    bool at_once = false;
    auto busy = ThreadBuilder{}.name("busy").priority(ordinary).cpu_affinity(CpuSet{chosen_cpu}).spawn([&] {
        auto hasty = ThreadBuilder{}.name("hasty").priority(urgent).spawn([&urgent_has_run] { urgent_has_run = true; });
        if (!hasty) {
            return spawn_failed(hasty.error());
        }
        at_once = urgent_has_run;
        return hasty->join().has_value();
    });
    if (!busy) {
        return spawn_failed(busy.error());
    }
    const bool joined = busy->join().value();
    print("an urgent thread runs at once: {}\n", at_once);
    return joined;
}

/// Two threads share a CPU for a while, one with a slice three times as long as the other's.
bool show_slices()
{
    std::atomic<std::int64_t> rounds[2]{};
    const auto share = [&rounds](std::size_t index, auto slice) {
        return ThreadBuilder{}.priority(ordinary).cpu_affinity(CpuSet{chosen_cpu}).time_slice(slice).spawn([&rounds, index] {
            this_thread::sleep_for(begin_after);
            for (const auto end = Clock::now() + length; Clock::now() < end;) {
                rounds[index].fetch_add(1, std::memory_order_relaxed);
            }
        });
    };
    auto one = share(0, 1ms);
    auto three = share(1, 3ms);
    if (!one || !three) {
        return spawn_failed(one ? three.error() : one.error());
    }
    if (!one->join() || !three->join()) {
        return false;
    }
    const std::int64_t quarters = rounds[1] * 4 / (rounds[0] + rounds[1]);
    const std::int64_t rest = rounds[1] * 400 / (rounds[0] + rounds[1]) - quarters * 100;
    print("slices of 1 ms and 3 ms: the second one has {} quarters of the time\n", quarters + (rest >= 50 ? 1 : 0));
    return true;
}

/// Threads stay where they are told to.
bool show_affinity()
{
    auto where = ThreadBuilder{}.cpu_affinity(CpuSet{chosen_cpu}).spawn([] { return this_cpu::id(); });
    auto nowhere = ThreadBuilder{}.cpu_affinity(CpuSet{CpuId{cpu_count}}).spawn([] {});
    if (!where) {
        return spawn_failed(where.error());
    }
    print("a thread for CPU {} ran on CPU {}\n", chosen_cpu.index(), where->join().value().index());
    print("one for CPU {}: {}\n", cpu_count, nowhere ? "spawned" : name_of(nowhere.error()));
    return !nowhere;
}

/// What one policy has and the others do not.
template <class Builder>
void show_policys_own(Builder builder)
{
    if constexpr (config::sched_fair) {
        auto heavy = builder.weight(300).spawn([] { return this_thread::current().weight(); });
        print("a thread with three times the weight of others: {} to {}\n", heavy->join().value(), default_weight);
    } else if constexpr (config::sched_edf) {
        const auto promised = builder.deadline(DeadlineParameters{.runtime = 2ms, .deadline = 5ms, .period = 10ms}).spawn([] {});
        const auto too_much = builder.deadline(DeadlineParameters{.runtime = 9ms, .deadline = 9ms, .period = 10ms}).spawn([] {});
        print("2 ms of each 5 are admitted: {}; and 9 of 9: {}\n", promised.has_value(),
              too_much ? "too" : name_of(too_much.error()));
    }
}

}  // namespace

int main()
{
    print("policy: {}\n", policy_name());
    print("slice {} us, {} priorities, {} CPUs\n", config::time_slice.count(), config::num_priorities, cpu_count);
    if (!show_priorities() || !show_slices() || !show_affinity()) {
        return 1;
    }
    show_policys_own(ThreadBuilder{});
    print("scheduler_config: done\n");
    return 0;
}
