// Deadlines on several CPUs: each CPU admits for itself, and a thread stays where it was admitted. For two CPUs.
#include "tests/qemu/apps/support/timing.hpp"
#include "tests/qemu/apps/support/work.hpp"

#include <pegplan/pegplan.hpp>

#include <array>
#include <atomic>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

constexpr CpuId first{0};
constexpr CpuId second{1};

DeadlineParameters implicit(std::chrono::nanoseconds runtime, std::chrono::nanoseconds period)
{
    return {.runtime = runtime, .deadline = period, .period = period};
}

void show(const char* what, const Result<JoinHandle<void>>& result)
{
    if (result) {
        print("{}: admitted\n", what);
    } else {
        print("{}: {}\n", what, result.error());
    }
}

void admission()
{
    print("== admission\n");
    Semaphore end{0};
    const auto wait = [&end] { end.acquire(); };
    auto a = ThreadBuilder{}.deadline(implicit(6ms, 10ms)).spawn(wait);
    show("60 %", a);
    auto b = ThreadBuilder{}.deadline(implicit(7ms, 10ms)).spawn(wait);
    show("70 %", b);
    print("on different CPUs {}\n", a->thread().cpu() != b->thread().cpu());
    show("40 %", ThreadBuilder{}.deadline(implicit(4ms, 10ms)).spawn(wait));
    auto c = ThreadBuilder{}.deadline(implicit(3ms, 10ms)).spawn(wait);
    show("30 %", c);
    print("where there was room {}\n", c->thread().cpu() == a->thread().cpu());
    show("30 % beside 70 %",
         ThreadBuilder{}.cpu_affinity(CpuSet{b->thread().cpu()}).deadline(implicit(3ms, 10ms)).spawn(wait));
    end.release(3);
    a->join();
    b->join();
    c->join();
}

/// Both on one CPU, though the other one has room.
void confined()
{
    print("== confined\n");
    Semaphore end{0};
    const auto wait = [&end] { end.acquire(); };
    auto a = ThreadBuilder{}.cpu_affinity(CpuSet{second}).deadline(implicit(6ms, 10ms)).spawn(wait);
    show("60 %", a);
    print("on the second {}\n", a->thread().cpu() == second);
    show("60 %", ThreadBuilder{}.cpu_affinity(CpuSet{second}).deadline(implicit(6ms, 10ms)).spawn(wait));
    const Thread thread = a->thread();
    print("to the first: {}\n", thread.set_affinity(CpuSet{first}).error());
    print("to both: {}\n", thread.set_affinity(CpuSet::all()).has_value());
    print("still on the second {}\n", thread.cpu() == second);
    end.release();
    a->join();
}

/// A thread that uses its runtime up is stopped on the other CPU too, and the background there gets the rest.
void overruns_elsewhere()
{
    print("== overruns on the second CPU\n");
    std::atomic<bool> stop = false;
    auto greedy = ThreadBuilder{}.cpu_affinity(CpuSet{second}).deadline(implicit(6ms, 10ms)).spawn([&stop] {
        while (!stop) {
        }
        return this_thread::current().stats().overruns;
    });
    auto background = ThreadBuilder{}.cpu_affinity(CpuSet{second}).spawn([] {
        auto used = 0ns;
        const auto end = Clock::now() + 100ms;
        for (auto last = Clock::now(); last < end;) {
            const auto now = Clock::now();
            if (now - last < work::gap) {
                used += now - last;
            }
            last = now;
        }
        return used;
    });
    const auto used = background->join().value();
    stop = true;
    const auto overruns = greedy->join().value();
    print("about 40 of 100 ms {}\n", used > 33ms && used < 47ms);
    print("about 10 overruns {}\n", overruns >= 9 && overruns <= 12);
}

/// Woken from the first CPU, it takes the second one from the background.
void woken_elsewhere()
{
    print("== woken on the second CPU\n");
    std::atomic<bool> stop = false;
    Semaphore go{0};
    auto background = ThreadBuilder{}.cpu_affinity(CpuSet{second}).priority(Priority::highest()).spawn([&stop] {
        while (!stop) {
        }
    });
    auto thread = ThreadBuilder{}.cpu_affinity(CpuSet{second}).deadline(implicit(5ms, 20ms)).spawn([&go] {
        for (int turn = 0; turn < 3; ++turn) {
            go.acquire();
        }
        return this_cpu::id();
    });
    const Thread self = this_thread::current();
    self.set_affinity(CpuSet{first});
    for (int turn = 0; turn < 3; ++turn) {
        timing::spin_for(2ms);
        go.release();
    }
    print("ran there {}\n", thread->join().value() == second);
    stop = true;
    background->join();
    self.set_affinity(CpuSet::all());
}

/// What has been promised is kept: the CPU does not leave before nobody counts on it.
void claimed_cpu_stays()
{
    print("== a claimed CPU\n");
    Semaphore end{0};
    auto thread = ThreadBuilder{}.cpu_affinity(CpuSet{second}).deadline(implicit(1ms, 10ms)).spawn([&end] { end.acquire(); });
    print("claimed: {}\n", stop_cpu(second).error());
    end.release();
    thread->join();
    print("free again: stops {}\n", stop_cpu(second).has_value());
    show("1 % there", ThreadBuilder{}.cpu_affinity(CpuSet{second}).deadline(implicit(100us, 10ms)).spawn([] {}));
    print("starts {}\n", start_cpu(second).has_value());
    show("1 % there", ThreadBuilder{}.cpu_affinity(CpuSet{second}).deadline(implicit(100us, 10ms)).spawn([] {}));
}

}  // namespace

int main()
{
    admission();
    confined();
    overruns_elsewhere();
    woken_elsewhere();
    claimed_cpu_stays();
    return 0;
}
