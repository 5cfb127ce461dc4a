// thread_local variables: each thread has its own, with initial values, constructors and destructors.
#include "variables.hpp"

#include <pegplan/pegplan.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

thread_local int initialised = 42;
thread_local int zero;
thread_local std::array<char, 24> text{"as it was"};
alignas(64) thread_local std::array<std::byte, 100> aligned{};
alignas(64) thread_local int aligned_and_initialised = 5;
thread_local char odd = 'a';

/// Counts through a variable that exists once in each thread.
int next_number()
{
    static thread_local int number = 100;
    return ++number;
}

bool is_aligned(const void* object, std::uintptr_t alignment)
{
    return reinterpret_cast<std::uintptr_t>(object) % alignment == 0;
}

void show_and_change(int by)
{
    print("{}: {} {} '{}' {} {} {} {} {}\n", name(), initialised, zero, std::string_view{text.data()}, aligned_and_initialised, odd,
          in_other_source, read_in_other_source(), in_header);
    initialised += by;
    zero += by;
    text[0] = 'A';
    aligned_and_initialised += by;
    aligned[99] = std::byte{1};
    odd = static_cast<char>(odd + by);
    in_other_source += by;
    in_header += by;
    next_number();
    print("{}: aligned {} {}, one object {}, local {}\n", name(), is_aligned(&aligned, 64),
          is_aligned(&aligned_and_initialised, 64), &in_header == address_of_in_header(), next_number());
}

void values()
{
    print("== values\n");
    show_and_change(1);
    for (const std::string_view thread : {"first", "second"}) {
        static_cast<void>(ThreadBuilder{}.name(thread).spawn([] {
            show_and_change(2);
            show_and_change(2);
        })->join());
    }
    show_and_change(1);
}

// ---- preemption -----------------------------------------------------------------------------------------------------

thread_local std::uint64_t counter = 0;
thread_local std::uint64_t counter_with_initial_value = 1;

void preemption()
{
    print("== preemption\n");
    constexpr int threads = 4;
    constexpr int enough = 20 * threads;
    std::array<JoinHandle<bool>, threads> handles;
    std::atomic<int> changes{0};  // of the thread that runs
    std::atomic<int> latest{0};
    for (int thread = 0; thread < threads; ++thread) {
        auto work = [thread, &changes, &latest] {
            std::uint64_t turns = 0;
            while (changes.load(std::memory_order_relaxed) < enough) {
                ++turns;
                counter = counter + 1;
                counter_with_initial_value = counter_with_initial_value + 1;
                if (latest.exchange(thread, std::memory_order_relaxed) != thread) {
                    changes.fetch_add(1, std::memory_order_relaxed);
                }
            }
            return counter == turns && counter_with_initial_value == turns + 1;
        };
        handles[static_cast<std::size_t>(thread)] = *ThreadBuilder{}.time_slice(20us).spawn(work);
    }
    bool right = true;
    for (auto& handle : handles) {
        right = *handle.join() && right;
    }
    print("counted right: {}, main's own: {} {}\n", right, counter, counter_with_initial_value);
}

// ---- many threads ---------------------------------------------------------------------------------------------------

std::atomic<int> alive{0};
std::atomic<int> ended{0};

struct Counting {
    Counting() noexcept { ++alive; }
    ~Counting()
    {
        --alive;
        ended += value;
    }
    int value = 0;
};

thread_local Counting counting;

void many()
{
    print("== many\n");
    constexpr int rounds = 1000;
    int wrong = 0;
    for (int round = 0; round < rounds; ++round) {
        auto thread = spawn([] {
            static thread_local Counting another;
            another.value = 1;
            return counting.value++ + zero++;  // nothing of what an earlier thread has left on this stack
        });
        wrong += thread->join().value() == 0 && alive == 0 && ended == 2 * (round + 1) ? 0 : 1;
    }
    print("{} threads, {} wrong, {} alive, {} ended\n", rounds, wrong, alive.load(), ended.load());
}

// ---- room -----------------------------------------------------------------------------------------------------------

/// Whether a thread with a stack of that size can be spawned; then it finds its variables as they should be.
bool fits(std::size_t stack_size)
{
    auto thread = ThreadBuilder{}.stack_size(stack_size).spawn([] { return initialised + zero; });
    return thread && thread->join().value() == 42;
}

void room()
{
    print("== room\n");
    std::size_t refused = config::stack_size_min;
    std::size_t accepted = config::stack_size_default;
    while (accepted - refused > 1) {
        const std::size_t size = refused + (accepted - refused) / 2;
        (fits(size) ? accepted : refused) = size;
    }
    print("counts as part of the stack: {}\n", accepted >= config::stack_size_min + sizeof aligned + sizeof text);
    print("smallest stack: {}\n", fits(accepted) && !fits(accepted - 1));
}

}  // namespace

int main()
{
    values();
    preemption();
    constructors();
    many();
    room();
    print("== end of main\n");
    return 0;
}
