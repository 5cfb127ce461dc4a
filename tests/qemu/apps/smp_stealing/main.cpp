// Idle CPUs take over threads that wait for others, and nobody else changes CPUs. The same text for any number of CPUs from two on, with
// SCHED_STEALING.
#include <pegplan/board/arch.hpp>
#include <pegplan/pegplan.hpp>

#include <array>
#include <atomic>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

constexpr Priority below_main{3};
constexpr Priority above_main{20};
constexpr CpuSet first{CpuId{0}};

auto start(auto function, Priority priority = below_main, CpuSet cpus = CpuSet::all())
{
    return ThreadBuilder{}.priority(priority).cpu_affinity(cpus).spawn(std::move(function)).value();
}

void say(std::string_view what, bool right)
{
    print("{}: {}\n", what, right);
}

template <class Condition>
bool comes_true(Condition condition)
{
    const auto limit = Clock::now() + 10s;
    while (!condition()) {
        if (Clock::now() >= limit) {
            return false;
        }
        arch::Port::relax();
    }
    return true;
}

/// Which CPUs threads have run on.
class Seen {
public:
    void note() noexcept { at_[this_cpu::id().index()] = true; }
    [[nodiscard]] std::uint32_t count() const noexcept
    {
        std::uint32_t sum = 0;
        for (const auto& one : at_) {
            sum += one ? 1 : 0;
        }
        return sum;
    }

private:
    std::array<std::atomic<bool>, cpu_count> at_{};
};

/// All begin on the first CPU, each wakes up there, and none ends before all CPUs have one: so they were taken over.
void spread()
{
    static Seen seen;
    static Semaphore go{0};
    std::array<JoinHandle<bool>, cpu_count> threads;
    for (auto& thread : threads) {
        thread = start(
            [] {
                go.acquire();
                return comes_true([] {
                    seen.note();
                    return seen.count() == cpu_count;
                });
            },
            above_main, first);
    }
    for (auto& thread : threads) {
        static_cast<void>(thread.thread().set_affinity(CpuSet::all()));
    }
    go.release(cpu_count);
    bool all = true;
    for (auto& thread : threads) {
        all = all && thread.join().value();
    }
    say("threads that wait spread over the CPUs", all);
}

/// A thread that is preempted by one that may run nowhere else goes on elsewhere.
void preempted()
{
    static std::atomic<bool> moved{false};
    static std::atomic<bool> runs{false};
    auto low = start(
        [] {
            static_cast<void>(this_thread::current().set_affinity(CpuSet::all()));
            return comes_true([] {
                runs = true;
                moved = this_cpu::id() != CpuId{0};
                return moved.load();
            });
        },
        below_main, first);
    auto high = start(
        [] {
            while (!runs) {
                this_thread::sleep_for(100us);
            }
            return comes_true([] { return moved.load(); });
        },
        above_main, first);
    say("so does one that is preempted", high.join().value() && low.join().value());
}

/// One that gives way.
void yields()
{
    static std::atomic<bool> moved{false};
    static std::atomic<bool> begun{false};
    auto confined = start(
        [] {
            begun = true;
            return comes_true([] { return moved.load(); });
        },
        below_main, first);
    auto free = start(
        [] {
            while (!begun) {
                yield_now();
            }
            static_cast<void>(this_thread::current().set_affinity(CpuSet::all()));
            return comes_true([] {
                yield_now();
                moved = this_cpu::id() != CpuId{0};
                return moved.load();
            });
        },
        below_main, first);
    say("and one that gives way", confined.join().value() && free.join().value());
}

/// Affinity is kept, however many CPUs are idle.
void confined()
{
    std::array<JoinHandle<bool>, 4> threads;
    for (auto& thread : threads) {
        thread = start(
            [] {
                for (int turn = 0; turn < 200; ++turn) {
                    if (this_cpu::id() != CpuId{0}) {
                        return false;
                    }
                    yield_now();
                }
                return true;
            },
            below_main, first);
    }
    bool stayed = true;
    for (auto& thread : threads) {
        stayed = stayed && thread.join().value();
    }
    say("those that may not, do not", stayed);
}

/// Nobody takes what runs: a thread that is alone on its CPU stays there.
void alone()
{
    auto thread = start([] {
        const CpuId begin = this_cpu::id();
        for (int turn = 0; turn < 200; ++turn) {
            this_thread::sleep_for(50us);
            if (this_cpu::id() != begin) {
                return false;
            }
        }
        return true;
    });
    say("one that has its CPU to itself stays", thread.join().value());
}

/// Much more to do than CPUs: all is done, by all of them.
void many()
{
    constexpr std::uint32_t count = 24;
    static Seen seen;
    static std::atomic<std::uint32_t> done{0};
    std::array<JoinHandle<void>, count> threads;
    for (std::uint32_t index = 0; index < count; ++index) {
        threads[index] = start(
            [index] {
                static_cast<void>(this_thread::current().set_affinity(CpuSet::all()));
                for (std::uint32_t turn = 0; turn < 50; ++turn) {
                    seen.note();
                    if (turn % 7 == index % 7) {
                        this_thread::sleep_for(30us);
                    } else {
                        yield_now();
                    }
                }
                done.fetch_add(1);
            },
            Priority{static_cast<int>(1 + index % 8)}, first);
    }
    for (auto& thread : threads) {
        thread.join();
    }
    say("many of them", done == count && seen.count() > 1);
}

}  // namespace

int main()
{
    // So that main is not what is taken over.
    static_cast<void>(this_thread::current().set_affinity(first));
    spread();
    preempted();
    yields();
    confined();
    alone();
    many();
    return 0;
}
