// What only a process with several CPUs can get wrong: threads that go on in another pthread, be it between any two instructions.
// Which part runs is a number (support/scenario.hpp).
#include "tests/qemu/apps/support/scenario.hpp"

#include <pegplan/pegplan.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <utility>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t thread_count = 2 * cpu_count;

template <class T>
[[gnu::noinline]] T opaque(T value)
{
    asm volatile("" : "+r"(value) : : "memory");
    return value;
}

template <class F>
void on_all_threads(F work)
{
    std::array<JoinHandle<void>, thread_count> threads;
    for (std::size_t index = 0; index < threads.size(); ++index) {
        threads[index] = std::move(*ThreadBuilder{}.time_slice(200us).spawn([work, index] { work(index); }));
    }
    for (auto& thread : threads) {
        thread.join();
    }
}

/// Moves `victim` from CPU to CPU until `enough`.
template <class Enough>
void chase(Thread victim, Enough enough)
{
    for (std::uint32_t turn = 1; !enough(); ++turn) {
        static_cast<void>(victim.set_affinity(CpuSet{CpuId{turn % cpu_count}}));
        this_thread::sleep_for(300us);
    }
}

// ---- 1: all registers go along ------------------------------------------------------------------------------------

/// Never calls the kernel. The compiler keeps its numbers in registers of both kinds.
struct Sums {
    std::uint64_t whole = 1;
    double half = 0.5;
    double quarter = 0.25;

    void add(int turns)
    {
        for (int turn = 0; turn < turns; ++turn) {
            whole = whole * 6364136223846793005u + 1442695040888963407u;
            half = half * 1.0000001 + 0.5;
            quarter = quarter * 0.9999999 + half * 1e-9;
        }
    }

    bool operator==(const Sums&) const = default;
};

void registers()
{
    constexpr int turns = 1000;
    constexpr int changes = 50;
    std::atomic<bool> stop = false;
    int times = 0;
    auto runner = ThreadBuilder{}.priority(Priority{10}).spawn([&] {
        Sums sums;
        for (; !stop; ++times) {
            sums.add(opaque(turns));
        }
        return sums;
    });
    int changed = 0;
    CpuId last = runner->thread().cpu();
    chase(runner->thread(), [&] {
        const CpuId now = runner->thread().cpu();
        changed += now == std::exchange(last, now) ? 0 : 1;
        return changed >= changes;
    });
    stop = true;
    const Sums sums = runner->join().value();
    Sums expected;
    while (times-- > 0) {
        expected.add(opaque(turns));
    }
    print("registers {}\n", sums == expected);
}

// ---- 2: thread_local objects do ------------------------------------------------------------------------------------

struct Counted {
    Counted* self = this;
    std::uint64_t count = 0;
};

thread_local Counted counted;
thread_local std::array<std::uint32_t, 16> marks{};

/// In a function of its own, so that the address is computed anew each time.
[[gnu::noinline]] void count(std::uint32_t mark)
{
    ++counted.count;
    marks[counted.count % marks.size()] = mark;
}

void thread_locals()
{
    constexpr std::uint32_t changes = 20;
    constexpr std::size_t runner_count = 3;
    std::atomic<std::uint32_t> wrong = 0;
    std::array<std::atomic<bool>, runner_count> ended{};
    std::array<JoinHandle<void>, runner_count> runners;
    std::array<JoinHandle<void>, runner_count> chasers;
    for (std::uint32_t index = 0; index < runner_count; ++index) {
        runners[index] = std::move(*ThreadBuilder{}.priority(Priority{10}).time_slice(200us).spawn([&, index] {
            Counted* const own = &counted;
            CpuId last = this_cpu::id();
            std::uint64_t turns = 0;
            for (std::uint32_t changed = 0; changed < changes; ++turns) {
                count(index);
                const CpuId now = this_cpu::id();
                changed += now == std::exchange(last, now) ? 0 : 1;
            }
            bool right = own == opaque(&counted) && own->self == own && own->count == turns;
            for (const std::uint32_t mark : marks) {
                right = right && mark == index;
            }
            wrong += right ? 0 : 1;
            ended[index] = true;
        }));
    }
    for (std::uint32_t index = 0; index < runner_count; ++index) {
        chasers[index] = std::move(*spawn([&, index] { chase(runners[index].thread(), [&] { return ended[index].load(); }); }));
    }
    for (std::size_t index = 0; index < runner_count; ++index) {
        chasers[index].join();
        runners[index].join();
    }
    print("thread_locals {}\n", wrong == 0);
}

// ---- 3 and 4: counts, with a mutex and without ------------------------------------------------------------------------

constexpr int increments = 2000;

struct Shared {
    Mutex<> mutex;
    int count = 0;
};

constinit Shared shared;

void with_mutex()
{
    on_all_threads([](std::size_t) {
        for (int turn = 0; turn < increments; ++turn) {
            shared.mutex.lock();
            ++shared.count;
            shared.mutex.unlock();
        }
    });
    print("with a mutex {}\n", shared.count == static_cast<int>(thread_count) * increments);
}

/// The same object from two CPUs, of which the kernel knows nothing.
void without_mutex()
{
    std::array<JoinHandle<void>, 2> threads;
    std::atomic<int> there = 0;
    for (std::uint32_t index = 0; index < threads.size(); ++index) {
        threads[index] = std::move(*ThreadBuilder{}.name("careless").cpu_affinity(CpuSet{CpuId{index}}).spawn([&there] {
            there.fetch_add(1, std::memory_order_relaxed);
            while (there.load(std::memory_order_relaxed) < 2) {
            }
            for (int turn = 0; turn < increments; ++turn) {
                shared.count = opaque(shared.count) + 1;
            }
        }));
    }
    for (auto& thread : threads) {
        thread.join();
    }
    print("done\n");
}

// ---- 5 to 7: ends on another CPU than the first -------------------------------------------------------------------------

template <class F>
void on_last_cpu(F work)
{
    auto thread = ThreadBuilder{}.name("last").cpu_affinity(CpuSet{CpuId{cpu_count - 1}}).spawn(work);
    thread->join();
}

[[gnu::noinline]] int deeper(int depth)
{
    std::array<char, 256> room;
    opaque(room.data());
    return opaque(depth) < 0 ? 0 : deeper(depth + 1) + room[0];
}

void fault()
{
    on_last_cpu([] { *opaque(static_cast<volatile int*>(nullptr)) = 1; });
}

void overflow()
{
    on_last_cpu([] { opaque(deeper(0)); });
}

/// While all others run, with and without interrupts.
void panic_among_others()
{
    for (std::uint32_t index = 0; index + 1 < cpu_count; ++index) {
        static_cast<void>(ThreadBuilder{}.priority(Priority{3}).cpu_affinity(CpuSet{CpuId{index}}).spawn([index] {
            for (std::uint64_t turn = 0;; ++turn) {
                opaque(turn);
                if (index % 2 != 0) {
                    yield_now();
                }
            }
        }));
    }
    on_last_cpu([] {
        this_thread::sleep_for(5ms);
        panic("value {} of a test", 42);
    });
}

}  // namespace

int main()
{
    switch (scenario::number()) {
    case 1: registers(); break;
    case 2: thread_locals(); break;
    case 3: with_mutex(); break;
    case 4: without_mutex(); break;
    case 5: fault(); break;
    case 6: overflow(); break;
    case 7: panic_among_others(); break;
    default: print("no scenario\n"); break;
    }
    return 0;
}
