// Threads on all CPUs do everything at random: priorities, affinities, suspensions, sleeps, mutexes, semaphores, spawns. Meanwhile
// an observer looks at all run queues at one moment, again and again: nobody who waits for a CPU may be due on it. And CPUs are stopped and
// started. Nothing may be lost: counts are right, and everybody comes to an end.
#include <pegplan/pegplan.hpp>
#include <pegplan/spin_lock.hpp>

#include "core/sched/cpu.hpp"
#include "core/smp/locks.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

constexpr std::uint32_t worker_count = 24;
constexpr std::uint32_t steps = 400;
constexpr Priority observer_priority{30};

struct Random {
    std::uint64_t state;

    std::uint32_t below(std::uint32_t limit) noexcept
    {
        state += 0x9e37'79b9'7f4a'7c15;
        std::uint64_t bits = state;
        bits = (bits ^ bits >> 30) * 0xbf58'476d'1ce4'e5b9;
        bits = (bits ^ bits >> 27) * 0x94d0'49bb'1331'11eb;
        return static_cast<std::uint32_t>((bits ^ bits >> 31) >> 32) % limit;
    }
};

std::array<Mutex<std::uint64_t>, 3> counters;
Semaphore items{0};
SpinLock spin;
std::uint64_t spun = 0;
std::atomic<std::uint64_t> increments{0};
std::atomic<std::uint64_t> spins{0};
std::atomic<std::uint64_t> released{0};
std::atomic<std::uint64_t> taken{0};
std::array<Thread, worker_count> threads;
std::array<std::atomic<bool>, worker_count> exists;  // or has been

CpuSet some_cpus(Random& random)
{
    CpuSet set{CpuId{random.below(cpu_count)}};
    for (std::uint32_t index = 0; index < cpu_count; ++index) {
        if (random.below(2) == 0) {
            set.add(CpuId{index});
        }
    }
    return set;
}

void one_step(Random& random)
{
    const Thread self = this_thread::current();
    const std::uint32_t other = random.below(worker_count);
    const Thread victim = exists[other] ? threads[other] : self;
    switch (random.below(12)) {
    case 0: static_cast<void>(self.set_priority(Priority{static_cast<int>(1 + random.below(8))})); break;
    case 1: static_cast<void>(victim.set_priority(Priority{static_cast<int>(1 + random.below(8))})); break;
    case 2: static_cast<void>(self.set_affinity(some_cpus(random))); break;
    case 3: static_cast<void>(victim.set_affinity(some_cpus(random))); break;
    case 4: static_cast<void>(victim.suspend()); break;  // the observer resumes all
    case 5: this_thread::sleep_for(std::chrono::microseconds{random.below(300)}); break;
    case 6: yield_now(); break;
    case 7: {
        const std::uint32_t first = random.below(counters.size());
        auto guard = counters[first].lock();
        if (random.below(2) == 0) {
            yield_now();
        }
        *guard += 1;
        increments.fetch_add(1);
        break;
    }
    case 8:
        static_cast<void>(items.release());
        released.fetch_add(1);
        break;
    case 9: taken.fetch_add(items.try_acquire_for(std::chrono::microseconds{random.below(500)}) ? 1 : 0); break;
    case 10: {
        auto child = ThreadBuilder{}.cpu_affinity(some_cpus(random)).spawn([] { return this_cpu::id().index(); });
        if (child) {
            static_cast<void>(child->join());
        }
        break;
    }
    case 11: {
        const std::scoped_lock guard{spin};
        spun = spun + 1;
        spins.fetch_add(1);
        break;
    }
    }
}

void work(std::uint32_t index)
{
    Random random{index * 7919 + 1};
    threads[index] = this_thread::current();
    exists[index] = true;
    for (std::uint32_t step = 0; step < steps; ++step) {
        one_step(random);
    }
}

using kernel::Cpu;
using kernel::ThreadControl;

[[noreturn]] void complain(const char* what, const ThreadControl& thread, const Cpu& cpu)
{
    panic("{}: thread {} of priority {} in the queue of CPU {}", std::string_view{what}, thread.id,
          static_cast<int>(thread.priority), cpu.sharing.index);
}

int level(const Cpu& cpu)
{
    return cpu.is_idle() ? -1 : static_cast<int>(cpu.current->priority);
}

void check_cpu(const Cpu& cpu)
{
    static_cast<void>(cpu.run_queue.find([&](const ThreadControl& thread) {
        if (thread.placement.cpu != &cpu || thread.holds != kernel::hold_none) {
            complain("in the wrong queue", thread, cpu);
        }
        if (&thread == cpu.current ||
            (cpu.reschedule && (&thread == cpu.run_queue.pick() || &thread == cpu.sharing.coming))) {
            return sched::Search::pass;  // runs, or is about to, or will be placed anew as soon as the CPU has chosen
        }
        for (const Cpu& other : kernel::cpus) {
            // One that is about to choose anew takes over what is due.
            if (other.reschedule || !other.sharing.online || (config::sched_partitioned && &other != &cpu)) {
                continue;
            }
            const ThreadControl* const there = other.is_idle() ? nullptr : other.current;
            if (thread.placement.affinity.contains(CpuId{other.sharing.index}) &&
                (there == nullptr || other.run_queue.should_preempt(thread, *there))) {
                panic("thread {} of priority {} waits on CPU {}, which runs {}{}, and is due on CPU {}, which runs {}", thread.id,
                      static_cast<int>(thread.priority), cpu.sharing.index, level(cpu), cpu.reschedule ? " for now" : "",
                      other.sharing.index, level(other));
            }
        }
        return sched::Search::pass;
    }));
}

std::atomic<bool> joined{false};

std::uint64_t observe()
{
    std::uint64_t observations = 0;
    while (!joined) {
        {
            const kernel::SchedulerLock lock;
            for (const Cpu& cpu : kernel::cpus) {
                check_cpu(cpu);
            }
        }
        ++observations;
        for (std::uint32_t index = 0; index < worker_count; ++index) {
            if (exists[index]) {
                static_cast<void>(threads[index].resume());
            }
        }
        this_thread::sleep_for(100us);
    }
    return observations;
}

/// Stops and starts CPUs but the first; returns how often.
std::uint64_t stop_and_start()
{
    Random random{1};
    std::uint64_t times = 0;
    while (!joined) {
        const CpuId one{1 + random.below(cpu_count - 1)};
        this_thread::sleep_for(std::chrono::microseconds{random.below(1000)});
        stop_cpu(one).value();
        this_thread::sleep_for(std::chrono::microseconds{random.below(500)});
        start_cpu(one).value();
        ++times;
    }
    return times;
}

}  // namespace

int main()
{
    auto observer = ThreadBuilder{}.priority(observer_priority).name("observer").spawn(observe).value();
    auto hot = ThreadBuilder{}.priority(observer_priority).name("hot").spawn(stop_and_start).value();
    std::array<JoinHandle<void>, worker_count> workers;
    for (std::uint32_t index = 0; index < worker_count; ++index) {
        workers[index] = ThreadBuilder{}.priority(Priority{static_cast<int>(1 + index % 8)}).spawn([index] { work(index); }).value();
    }
    for (auto& worker : workers) {
        static_cast<void>(worker.join());
    }
    joined = true;
    const std::uint64_t observations = observer.join().value();
    const std::uint64_t stops = hot.join().value();
    std::uint64_t sum = 0;
    for (auto& counter : counters) {
        sum += *counter.lock();
    }
    while (items.try_acquire()) {
        taken.fetch_add(1);
    }
    print("increments {}, spins {}, units {}\n", sum == increments, spun == spins, released == taken);
    print("observed: {}, CPUs stopped: {}\n", observations > 0, stops > 0);
    return 0;
}
