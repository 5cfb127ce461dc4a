// Whatever happens to threads, tens of thousands of times, the memory comes back.
#include "core/memory/stack_arena.hpp"
#include "core/sched/scheduler.hpp"

#include <pegplan/pegplan.hpp>

#include <array>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

std::size_t free_bytes()
{
    const kernel::SchedulerLock lock;
    return kernel::free_stack_bytes();
}

constexpr Priority below{10};
constexpr Priority above{20};

/// Runs `step` many times, and tells whether the arena is as full as before.
template <class Step>
void repeat(std::string_view what, int times, Step&& step)
{
    this_thread::sleep_for(1ms);
    yield_now();
    static_cast<void>(ThreadBuilder{}.stack_size(1).spawn([] {}));
    const std::size_t before = free_bytes();
    int failed = 0;
    for (int round = 0; round < times; ++round) {
        failed += step(round) ? 0 : 1;
    }
    this_thread::sleep_for(100ms);
    const std::size_t after = free_bytes();
    print("{}: {} times, {} failed, {} bytes lost\n", what, times, failed, static_cast<long>(before - after));
}

template <class T>
bool is(const Result<T>& result, Error error)
{
    return !result && result.error() == error;
}

struct Random {
    std::uint32_t state = 12345;
    std::uint32_t operator()(std::uint32_t below_this) noexcept
    {
        state = state * 1664525 + 1013904223;
        return (state >> 8) % below_this;
    }
};

void mixed_sizes()
{
    static std::array<JoinHandle<std::uint32_t>, config::max_threads - 1> alive;
    static std::array<std::uint32_t, config::max_threads - 1> expected;
    Random random;
    repeat("stacks of all sizes", 10'000, [&](int round) {
        const std::size_t slot = random(static_cast<std::uint32_t>(alive.size()));
        bool right = true;
        if (alive[slot].joinable()) {
            right = alive[slot].join().value() == expected[slot];
        }
        const std::size_t bytes = config::stack_size_min + 64 + random(1U << (8 + random(11)));
        expected[slot] = static_cast<std::uint32_t>(round);
        auto spawned = ThreadBuilder{}.stack_size(bytes).priority(Priority{static_cast<int>(random(25))}).spawn([round] {
            return static_cast<std::uint32_t>(round);
        });
        if (!spawned) {
            return false;
        }
        alive[slot] = std::move(*spawned);
        if (round == 9'999) {
            for (auto& handle : alive) {
                handle = {};
            }
        }
        return right;
    });
}

}  // namespace

int main()
{
    repeat("spawn and join", 10'000, [](int round) { return spawn([round] { return round; })->join().value() == round; });
    repeat("spawn and join, less urgent", 2'000, [](int round) {
        return ThreadBuilder{}.priority(below).spawn([round] { return round; })->join().value() == round;
    });
    repeat("spawn and join, ended before", 2'000, [](int round) {
        return ThreadBuilder{}.priority(above).spawn([round] { return round; })->join().value() == round;
    });
    repeat("detached, more urgent", 10'000, [](int) {
        auto handle = ThreadBuilder{}.priority(above).spawn([] {});
        return handle.has_value();
    });
    repeat("detached, equal", 10'000, [](int) {
        auto handle = spawn([] {});
        if (!handle) {
            return false;
        }
        handle->detach();
        yield_now();
        return true;
    });
    repeat("detached, waiting for the idle thread", 2'000, [](int round) {
        auto handle = ThreadBuilder{}.priority(below).spawn([] {});
        if (round % 30 == 0) {
            this_thread::sleep_for(100us);
        }
        return handle.has_value();
    });
    repeat("exit", 2'000, [](int) { return is(spawn([] { this_thread::exit(); })->join(), Error::no_result); });
    repeat("timed out, then joined", 1'000, [](int) {
        auto handle = spawn([] { this_thread::sleep_for(20us); });
        return is(handle->join_for(5us), Error::timed_out) && handle->join().has_value();
    });
    repeat("timed out, then dropped", 1'000, [](int) {
        auto handle = spawn([] { this_thread::sleep_for(20us); });
        return is(handle->join_for(15us), Error::timed_out);
    });

    repeat("null name", 10'000, [](int) {
        return is(ThreadBuilder{}.name(nullptr).spawn([] {}), Error::invalid_name);
    });
    repeat("long name", 10'000, [](int) {
        return is(ThreadBuilder{}.name("a name that is longer than all names may be, whatever the menu says about names")
                      .spawn([] {}),
                  Error::name_too_long);
    });
    repeat("small stack", 10'000, [](int) {
        return is(ThreadBuilder{}.stack_size(config::stack_size_min - 1).spawn([] {}), Error::stack_too_small);
    });
    repeat("priority out of range", 10'000, [](int) {
        return is(ThreadBuilder{}.priority(Priority{config::num_priorities}).spawn([] {}), Error::priority_out_of_range);
    });
    repeat("no slice", 10'000, [](int) {
        return is(ThreadBuilder{}.time_slice(0ns).spawn([] {}), Error::invalid_duration);
    });
    repeat("no memory", 10'000, [](int) {
        return is(ThreadBuilder{}.stack_size(1024_MiB).spawn([] {}), Error::out_of_memory);
    });

    std::array<JoinHandle<void>, config::max_threads - 1> all;
    for (auto& handle : all) {
        handle = std::move(*ThreadBuilder{}.priority(below).stack_size(16_KiB).spawn([] {
            this_thread::current().suspend();
        }));
    }
    this_thread::sleep_for(1ms);
    repeat("no record", 10'000, [](int) { return is(spawn([] {}), Error::too_many_threads); });
    for (auto& handle : all) {
        handle.thread().resume();
        handle.join();
    }
    repeat("join on oneself", 1'000, [](int) {
        static JoinHandle<bool> handle;
        handle = std::move(*ThreadBuilder{}.priority(below).spawn([] { return is(handle.join(), Error::would_deadlock); }));
        return handle.join().value();
    });
    mixed_sizes();
    return 0;
}
