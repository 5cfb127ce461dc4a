// Runs in every legal configuration: uses a part of each subsystem that is there, and takes it when a table is full or memory is at its end.
// For `scripts/pegplan randconfig`; the exit code says which step went wrong, for configurations without a console.
#include <pegplan/config/arch.hpp>
#include <pegplan/config/memory.hpp>
#include <pegplan/pegplan.hpp>

#include <atomic>
#include <new>
#include <type_traits>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

constexpr int messages = 5;
constexpr auto patience = 60s;  // of the board's own clock; nothing takes that long

enum Step : int { all_done = 0, threads = 1, sleeping = 2, timers = 3, task_groups = 4, memory = 5, own_variables = 6, numbers = 7 };

MessageQueue<int> queue;
Semaphore called{0};
Mutex<int> sum{0};

/// Whether a spawn may fail so: the menu decides how many threads and how much memory there are.
bool is_shortage(Error error)
{
    return error == Error::too_many_threads || error == Error::out_of_memory;
}

bool use_threads()
{
    constexpr std::size_t bytes = config::stack_size_min + 16_KiB;
    auto worker = ThreadBuilder{}.name("worker").stack_size(bytes).spawn([] {
        for (int number = 1; number <= messages; ++number) {
            *sum.lock() += number;
            queue.send(number);
        }
        return messages;
    });
    if (!worker) {
        return is_shortage(worker.error());
    }
    int received = 0;
    for (int number = 1; number <= messages; ++number) {
        received += queue.receive();
        yield_now();
    }
    const Result<int> sent = worker->join();
    return sent.has_value() && *sent == messages && received == *sum.lock();
}

bool use_time()
{
    const auto before = Clock::now();
    this_thread::sleep_for(2ms);
    return Clock::now() - before >= 2ms;
}

bool use_timer()
{
    Timer timer{[] { called.release(); }};
    timer.start_once(1ms);
    return called.try_acquire_for(patience);
}

template <bool present>
bool use_tasks()
{
    if constexpr (present) {
        if (const Result<void> started = tasks::start(); !started) {
            return is_shortage(started.error());
        }
        std::atomic<int> done{0};
        // Looked up when the template is used: without TASKS no group can be made.
        std::conditional_t<present, TaskGroup, void> group;
        for (int task = 0; task < messages; ++task) {
            group.run([&done] { done.fetch_add(1); });
        }
        group.wait();
        return done.load() == messages;
    }
    return true;
}

template <bool present>
bool use_heap()
{
    if constexpr (present) {
        const Result<void*> block = system_heap().allocate(100);
        if (!block) {
            return block.error() == Error::out_of_memory;  // HEAP_SIZE_KIB may be less than the heap's own records
        }
        system_heap().release(*block);
    }
    return true;
}

template <bool present>
bool use_new()
{
    if constexpr (present) {
        int* const number = new (std::nothrow) int{3};
        const bool right = number == nullptr || *number == 3;
        delete number;
        return right;
    }
    return true;
}

template <bool present>
struct OwnVariable {
    static thread_local int value;
};

template <bool present>
thread_local int OwnVariable<present>::value = 7;

template <bool present>
bool use_thread_locals()
{
    if constexpr (present) {
        OwnVariable<present>::value += 1;
        return OwnVariable<present>::value == 8;
    }
    return true;
}

template <class Number, bool present>
bool use_numbers()
{
    if constexpr (present) {
        volatile Number third = Number{1} / Number{3};
        yield_now();
        return third * Number{3} > Number{0.99};
    }
    return true;
}

}  // namespace

int main()
{
    const auto end = [](Step step) {
        print("any_configuration: step {} went wrong\n", static_cast<int>(step));
        return static_cast<int>(step);
    };
    if (!use_threads()) {
        return end(threads);
    }
    if (!use_time()) {
        return end(sleeping);
    }
    if (!use_timer()) {
        return end(timers);
    }
    if (!use_tasks<config::tasks>()) {
        return end(task_groups);
    }
    if (!use_heap<config::heap>() || !use_new<config::heap_operator_new>()) {
        return end(memory);
    }
    if (!use_thread_locals<config::thread_local_storage>()) {
        return end(own_variables);
    }
    if (!use_numbers<double, !config::fp_none>()) {
        return end(numbers);
    }
    print("any_configuration: done\n");
    return all_done;
}
