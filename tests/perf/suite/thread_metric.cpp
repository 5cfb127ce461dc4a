// The eight workloads of the Thread-Metric method, written from their description. As the method wants it, a row is what one
// count takes with everything around it: the loop and the counter, about five instructions. The mean is that of a loop in
// which nothing else happens; the worst case is that of a second run, in which each repetition is measured.
#include "tests/perf/suite/measure.hpp"
#include "tests/perf/suite/software_interrupt.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace bench {

namespace {

constexpr Count turns = 1024;  // a power of two: means with a finite number of digits
constexpr std::size_t thread_count = 5;

/// Runs `repetition` again and again, once for the mean and once for the worst case, and prints both per count.
template <class Repetition>
void report_counts(std::string_view name, Count counts, Repetition&& repetition)
{
    for (Count turn = 0; turn < warm_up; ++turn) {
        repetition();
    }
    Stopwatch whole;
    whole.start();
    for (Count turn = 0; turn < turns; ++turn) {
        repetition();
        fence();
    }
    const Count total = whole.stop();
    Count worst = 0;
    for (Count turn = 0; turn < turns; ++turn) {
        Stopwatch single;
        single.start();
        repetition();
        worst = std::max(worst, single.stop());
    }
    const Count count = turns * counts;
    report(name, total, count, std::max((worst + counts - 1) / counts, (total + count - 1) / count));
}

/// The loop that calibrates: some arithmetic over an array.
void measure_basic()
{
    constexpr std::size_t size = 1024;
    static volatile std::uint32_t values[size];
    static volatile std::uint32_t counter;
    report_counts("basic", 1, [] {
        for (std::size_t index = 0; index < size; ++index) {
            values[index] = (values[index] + counter) ^ values[index];
        }
        counter = counter + 1;
    });
}

/// Five threads of one priority take turns: each yields and counts.
void measure_cooperative()
{
    static volatile Count counters[thread_count];
    std::array<Thread, thread_count> others;
    for (std::size_t index = 1; index < thread_count; ++index) {
        others[index] = spawn([index] {
                            for (;;) {
                                yield_now();
                                counters[index] = counters[index] + 1;
                            }
                        })->thread();
    }
    report_counts("cooperative", thread_count, [] {
        yield_now();
        counters[0] = counters[0] + 1;
    });
    for (std::size_t index = 1; index < thread_count; ++index) {
        others[index].suspend();
    }
}

/// Five threads of rising priority: each resumes the next higher one, which runs at once, and counts; all but the lowest
/// then suspend themselves.
void measure_preemptive()
{
    static volatile Count counters[thread_count];
    static std::array<Thread, thread_count> threads;
    for (std::size_t index = thread_count - 1; index > 0; --index) {
        const Priority priority{config::main_priority + static_cast<int>(index)};
        threads[index] = ThreadBuilder{}.priority(priority).spawn([index] {
                             const Thread self = this_thread::current();
                             for (;;) {
                                 self.suspend();
                                 if (index + 1 < thread_count) {
                                     threads[index + 1].resume();
                                 }
                                 counters[index] = counters[index] + 1;
                             }
                         })->thread();
    }
    report_counts("preemptive", thread_count, [] {
        threads[1].resume();
        counters[0] = counters[0] + 1;
    });
}

/// A thread interrupts itself; the handler gives a semaphore, which the thread then takes.
void measure_interrupt()
{
    static volatile Count counter;
    static volatile Count handled;
    static Semaphore semaphore{0};
    interrupt_handler = []() noexcept {
        semaphore.release();
        handled = handled + 1;
    };
    report_counts("interrupt", 1, [] {
        raise_interrupt();
        semaphore.acquire();
        counter = counter + 1;
    });
}

/// The handler resumes a higher thread, which runs at the end of the interrupt, counts and suspends itself.
void measure_interrupt_preemption()
{
    static volatile Count counter;
    static volatile Count handled;
    static volatile Count higher_counter;
    static Thread higher;
    higher = ThreadBuilder{}.priority(above).spawn([] {
                 const Thread self = this_thread::current();
                 for (;;) {
                     self.suspend();
                     higher_counter = higher_counter + 1;
                 }
             })->thread();
    interrupt_handler = []() noexcept {
        handled = handled + 1;
        higher.resume();
    };
    report_counts("interrupt_preemption", 1, [] {
        raise_interrupt();
        counter = counter + 1;
    });
}

struct Message {
    std::uint64_t words[2];
};

/// A thread sends a message of 16 bytes to a queue and receives it.
void measure_message()
{
    static volatile Count counter;
    static MessageQueue<Message, 10> queue;
    static Message sent{};
    static Message received{};
    share(sent);
    share(received);
    report_counts("message", 1, [] {
        queue.send(sent);
        received = queue.receive();
        fence();
        counter = counter + 1;
    });
}

/// A thread takes a semaphore and gives it back.
void measure_synchronization()
{
    static volatile Count counter;
    static Semaphore semaphore{1};
    report_counts("synchronization", 1, [] {
        semaphore.acquire();
        semaphore.release();
        counter = counter + 1;
    });
}

/// A thread allocates a block of 128 bytes of a pool and releases it.
void measure_memory_pool()
{
    static volatile Count counter;
    alignas(FixedPool::alignment) static std::array<std::byte, 2048> memory;
    static FixedPool pool{memory, 128};
    report_counts("memory", 1, [] {
        void* const block = *pool.allocate();
        pool.release(block);
        counter = counter + 1;
    });
}

}  // namespace

void measure_thread_metric()
{
    begin_group("Thread-Metric");
    measure_basic();
    measure_cooperative();
    measure_preemptive();
    if constexpr (config::fp_none) {
        measure_interrupt();
        measure_interrupt_preemption();
    }
    measure_message();
    measure_synchronization();
    measure_memory_pool();
}

}  // namespace bench
