// CPUs are taken out of service and put back while threads run, sleep and wait on them, and timers are started there. The same text for
// any number of CPUs from two on, with both kinds of placement.
#include <pegplan/pegplan.hpp>

#include <array>
#include <atomic>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

constexpr Priority above_main{20};
constexpr Priority below_main{3};
constexpr CpuId last{cpu_count - 1};

auto start(auto function, Priority priority = above_main, CpuSet cpus = CpuSet{last})
{
    return ThreadBuilder{}.priority(priority).cpu_affinity(cpus).spawn(std::move(function)).value();
}

void say(std::string_view what, bool right)
{
    print("{}: {}\n", what, right);
}

/// The last CPU is out of service. Where time goes on while the emulator does not, that may be later than any time limit of a thread.
std::atomic<bool> is_stopped{false};

bool runs_on_stopped_cpu()
{
    return is_stopped && this_cpu::id() == last;
}

bool stop_last()
{
    const bool stopped = stop_cpu(last).has_value();
    is_stopped = true;
    return stopped;
}

bool start_last()
{
    is_stopped = false;
    return start_cpu(last).has_value();
}

template <class Condition>
bool comes_true(Condition condition)
{
    const auto limit = Clock::now() + 10s;
    while (!condition()) {
        if (Clock::now() >= limit) {
            return false;
        }
        this_thread::sleep_for(100us);
    }
    return true;
}

CpuSet all_but_last()
{
    CpuSet set = CpuSet::all();
    set.remove(last);
    return set;
}

void mistakes()
{
    print("the first one: {}\n", stop_cpu(CpuId{0}).error());
    say("one that does not exist", stop_cpu(CpuId{cpu_count}).error() == Error::no_such_cpu &&
                                       start_cpu(CpuId{cpu_count}).error() == Error::no_such_cpu);
    say("one that runs starts", start_cpu(last).has_value() && online_cpus() == CpuSet::all());
    say("twice", stop_cpu(last).has_value() && stop_cpu(last).has_value() && online_cpus() == all_but_last());
    say("and back", start_cpu(last).has_value() && online_cpus() == CpuSet::all());
}

/// One that computes, one that waits for its turn behind it, one that sleeps and one that waits without a limit.
void threads_go_elsewhere()
{
    static std::atomic<bool> enough{false};
    static std::atomic<std::uint32_t> computing{cpu_count};
    static std::atomic<std::uint32_t> turns{0};
    static Semaphore unit{0};
    auto busy = start(
        [] {
            while (!enough) {
                computing.store(this_cpu::id().index());
            }
        },
        below_main);
    auto equal = start(
        [] {
            while (!enough) {
                turns.fetch_add(1);
                yield_now();
            }
        },
        below_main);
    auto sleeper = start([] {
        const auto begin = Clock::now();
        this_thread::sleep_for(20ms);
        return Clock::now() - begin >= 20ms && !runs_on_stopped_cpu();
    });
    auto waiter = start([] {
        unit.acquire();
        return this_cpu::id();
    });
    say("all run there", comes_true([] { return computing == last.index() && turns > 0; }));
    say("it stops", stop_last());
    say("the running one goes on elsewhere", comes_true([] { return computing != last.index(); }));
    const std::uint32_t before = turns;
    say("the waiting one too", comes_true([before] { return turns > before; }));
    say("the sleeping one wakes up", sleeper.join().value());
    unit.release();
    say("the blocked one too", waiter.join().value() != last);
    say("new ones begin", start([] { return this_cpu::id(); }).join().value() == CpuId{0});
    say("it starts", start_last());
    say("they come back", comes_true([] { return computing == last.index(); }));
    const std::uint32_t later = turns;
    say("all of them", comes_true([later] { return turns > later; }) && equal.thread().cpu() == last);
    enough = true;
    busy.join();
    equal.join();
    say("new ones begin there", start([] { return this_cpu::id(); }).join().value() == last);
}

/// Time limits and timers keep their times, however long the CPU on which they began is away.
void deadlines_stay()
{
    static std::atomic<std::uint32_t> calls{0};
    static std::atomic<bool> called_there{false};
    static Timer once{[] { called_there = runs_on_stopped_cpu(); }};
    static Timer often{[] { calls.fetch_add(1); }};
    static Semaphore never{0};
    static std::atomic<bool> waits{false};
    auto starter = start([] {
        once.start_once(20ms);
        often.start_periodic(1ms);
    });
    starter.join();
    auto limited = start([] {
        const auto begin = Clock::now();
        waits = true;
        const bool taken = never.try_acquire_for(6ms);
        return !taken && Clock::now() - begin >= 6ms;
    });
    say("it waits", comes_true([] { return waits.load(); }));
    const auto begin = Clock::now();
    say("it stops", stop_last());
    say("a time limit ends", limited.join().value());
    this_thread::sleep_until(begin + 20ms);
    say("a timer comes once, elsewhere", comes_true([] { return once.expirations() == 1; }) && !called_there);
    // Counted from its start, which was before.
    say("a periodic one misses nothing", comes_true([] { return calls + often.missed() >= 20; }));
    say("it can be stopped", often.cancel());
    this_thread::sleep_for(1ms);
    const std::uint32_t so_far = calls;
    this_thread::sleep_for(5ms);
    say("and is", calls == so_far);
    say("it starts", start_last());
    say("timers work there", start([] {
            const std::uint32_t before = once.expirations();
            once.start_once(1ms);
            return comes_true([before] { return once.expirations() > before; });
        }).join().value());
}

void by_one_that_runs_there()
{
    auto thread = start([] {
        const bool right = this_cpu::id() == last && stop_cpu(last).has_value() && this_cpu::id() != last;
        return right && start_cpu(last).has_value() && comes_true([] { return this_cpu::id() == last; });
    });
    say("one stops its own", thread.join().value());
}

/// Again and again, with all that go on meanwhile.
void many_times()
{
    constexpr std::uint32_t times = 30;
    static std::atomic<bool> enough{false};
    static std::atomic<std::uint64_t> sum{0};
    static Mutex<std::uint64_t> counter{};
    std::array<JoinHandle<void>, 8> threads;
    for (std::uint32_t index = 0; index < threads.size(); ++index) {
        threads[index] = start(
            [index] {
                while (!enough) {
                    *counter.lock() += 1;
                    sum.fetch_add(1);
                    if (index % 2 == 0) {
                        this_thread::sleep_for(50us);
                    } else {
                        yield_now();
                    }
                }
            },
            below_main, CpuSet{CpuId{index % cpu_count}});
    }
    bool right = true;
    for (std::uint32_t time = 0; time < times; ++time) {
        const CpuId one{1 + time % (cpu_count - 1)};
        right = right && stop_cpu(one).has_value();
        this_thread::sleep_for(200us);
        right = right && start_cpu(one).has_value();
    }
    enough = true;
    for (auto& thread : threads) {
        thread.join();
    }
    say("many times", right && sum == *counter.lock() && online_cpus() == CpuSet::all());
}

}  // namespace

int main()
{
    mistakes();
    threads_go_elsewhere();
    deadlines_stay();
    by_one_that_runs_there();
    many_times();
    return 0;
}
