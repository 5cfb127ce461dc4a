// What interrupts cost, and for how long they are masked.
//
// The second is measured as a device would see it: a timer is set to expire at some moment while an operation is done again and
// again, and its function notes the time. How much later that is than when nothing is ever masked is for how long interrupts were
// still masked at that moment. Many moments, spread over the operation, find the longest stretch but for an instruction or so.
// Measured that way the stretch includes what is masked behind a switch, up to the end of the critical section.
#include "tests/perf/suite/measure.hpp"
#include "tests/perf/suite/software_interrupt.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace bench {

namespace {

Stopwatch handler_watch;

void measure_same_thread()
{
    Row leaves{"interrupt: from its handler to the same thread"};
    Row enters{"interrupt: until its handler runs"};
    static Stopwatch raised;
    static Count entered;
    interrupt_handler = []() noexcept {
        entered = raised.stop();
        handler_watch.start();
    };
    for (Count turn = 0; turn < warm_up + repetitions; ++turn) {
        raised.start();
        raise_interrupt();
        leaves.add(handler_watch.stop());
        enters.add(entered);
    }
}

void measure_other_thread()
{
    Row row{"interrupt: from its handler to a more urgent thread"};
    static BinarySemaphore signal;
    volatile bool stop = false;
    interrupt_handler = []() noexcept {
        signal.release();
        handler_watch.start();
    };
    auto other = ThreadBuilder{}.priority(above).spawn([&] {
        signal.acquire();
        while (!stop) {
            row.add(handler_watch.stop());
            signal.acquire();
        }
    });
    for (Count turn = 0; turn < warm_up + repetitions; ++turn) {
        raise_interrupt();
    }
    stop = true;
    raise_interrupt();
    other->join();
}

// ---- masked -----------------------------------------------------------------------------------------------------------

constexpr Count moments = 512;
constexpr Count step = 3;  // instructions, about, from a moment to the next: all of them lie within some 1,500
constexpr auto distance = 8us;

/// How late a timer's function runs, as far as the moment has to do with it: the least and the most.
struct Lateness {
    Count least = ~Count{0};
    Count most = 0;
};

template <class Operation>
Lateness lateness_during(Operation&& operation)
{
    static volatile Count called;
    Timer timer{[]() { called = read_counter(); }};
    Lateness lateness;
    for (Count moment = 0; moment < moments; ++moment) {
        called = 0;
        // The clock may be coarser than an instruction: begin with a step of it, so that the deadline is exact.
        auto begin = Clock::now();
        for (auto last = begin; begin == last;) {
            begin = Clock::now();
        }
        const Count count = read_counter();
        timer.start_once_at(begin + distance);
        for (Count wait = 0; wait < moment * step; ++wait) {
            fence();
        }
        while (called == 0) {
            operation();
        }
        const Count late = called - count;
        lateness.least = std::min(lateness.least, late);
        lateness.most = std::max(lateness.most, late);
    }
    return lateness;
}

Count usual_lateness = 0;
Count longest_masked = 0;

template <class Operation>
void measure_masked(std::string_view name, Operation&& operation)
{
    const Lateness lateness = lateness_during(operation);
    const Count masked = lateness.most - std::min(usual_lateness, lateness.most);
    longest_masked = std::max(longest_masked, masked);
    report(name, masked, 1, masked);
}

/// While a more urgent thread does `partner` again and again.
template <class Operation, class Partner>
void measure_masked_with(std::string_view name, Operation&& operation, Partner partner)
{
    volatile bool stop = false;
    auto thread = ThreadBuilder{}.priority(above).spawn([&] {
        while (!stop) {
            partner();
            fence();
        }
    });
    measure_masked(name, operation);
    stop = true;
    operation();
    thread->join();
}

void measure_masked_stretches()
{
    usual_lateness = lateness_during([] { fence(); }).least;
    measure_masked("masked: nothing", [] { fence(); });
    {
        volatile bool stop = false;
        auto other = spawn([&] {
            while (!stop) {
                yield_now();
            }
        });
        measure_masked("masked: yield", [] { yield_now(); });
        stop = true;
        other->join();
    }
    measure_masked("masked: spawn and join", [] { static_cast<void>(spawn([] {})->join()); });
    Semaphore semaphore{0};
    measure_masked_with("masked: semaphore, with a switch", [&] { semaphore.release(); }, [&] { semaphore.acquire(); });
    Mutex<> mutex;
    BinarySemaphore begin;
    measure_masked_with("masked: mutex with inheritance",
                        [&] {
                            mutex.lock();
                            begin.release();
                            mutex.unlock();
                        },
                        [&] {
                            begin.acquire();
                            mutex.lock();
                            mutex.unlock();
                        });
    Mutex<int> value{0};
    ConditionVariable changed;
    measure_masked_with("masked: condition variable, with a switch", [&] { changed.notify_one(); },
                        [&] {
                            auto guard = value.lock();
                            changed.wait(guard);
                        });
    MessageQueue<std::array<std::uint64_t, 2>, 4> queue;
    measure_masked_with("masked: message queue, with a switch", [&] { queue.send({}); },
                        [&] { static_cast<void>(queue.receive()); });
    Timer timer{[] {}};
    measure_masked("masked: timer", [&] {
        timer.start_once(1s);
        timer.cancel();
    });
    alignas(Heap::alignment) static std::array<std::byte, 16_KiB> memory;
    static Heap heap{memory};
    measure_masked("masked: heap", [] { heap.release(*heap.allocate(100)); });
    report("masked: the longest of all", longest_masked, 1, longest_masked);
}

}  // namespace

void measure_interrupts()
{
    begin_group("Interrupts");
    if constexpr (config::fp_none) {
        measure_same_thread();
        measure_other_thread();
    }
    measure_masked_stretches();
}

}  // namespace bench
