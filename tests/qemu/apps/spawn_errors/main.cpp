// Calls that must be refused, and that nothing is lost when they are.
#include "core/memory/stack_arena.hpp"
#include "core/sched/scheduler.hpp"

#include <pegplan/pegplan.hpp>

#include <array>
#include <limits>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

std::size_t free_bytes()
{
    const kernel::SchedulerLock lock;
    return kernel::free_stack_bytes();
}

constexpr std::size_t minimum = config::stack_size_min;

template <class T>
void show(std::string_view what, const Result<T>& result)
{
    if (result) {
        print("{}: ok\n", what);
    } else {
        print("{}: {}\n", what, result.error());
    }
}

auto spawn_with_stack(std::size_t bytes)
{
    return ThreadBuilder{}.stack_size(bytes).spawn([] {});
}

void stacks()
{
    print("== stacks\n");
    show("0", spawn_with_stack(0));
    show("1", spawn_with_stack(1));
    show("minimum less one", spawn_with_stack(minimum - 1));
    show("minimum without room for the closure", spawn_with_stack(minimum));
    show("minimum and room", spawn_with_stack(minimum + 16));
    std::array<char, 4096> large{};
    const auto closure = [large] { return large[0]; };
    show("closure that fills the stack", ThreadBuilder{}.stack_size(4096).spawn(closure));
    show("closure that leaves too little", ThreadBuilder{}.stack_size(4096 + minimum / 2).spawn(closure));
    show("closure that fits", ThreadBuilder{}.stack_size(4096 + minimum + 64).spawn(closure));
    show("odd size", spawn_with_stack(minimum + 1001));
    show("1 GiB", spawn_with_stack(1024_MiB));
    show("nearly everything", spawn_with_stack(std::numeric_limits<std::size_t>::max()));
    show("nearly everything, rounded up to 0", spawn_with_stack(std::numeric_limits<std::size_t>::max() - 7));
    yield_now();
}

void slices()
{
    print("== slices\n");
    const auto with_slice = [](auto slice) { return ThreadBuilder{}.time_slice(slice).spawn([] {}); };
    show("0", with_slice(0ns));
    show("-1 ns", with_slice(-1ns));
    show("-1 h", with_slice(-1h));
    show("1 ms", with_slice(1ms));
    show("1 h", with_slice(1h));
    show("longest", with_slice(std::chrono::hours::max()));
    yield_now();
}

void several_mistakes()
{
    print("== which mistake is reported\n");
    auto wrong = ThreadBuilder{};
    wrong.name(nullptr).stack_size(1).priority(Priority{99}).time_slice(0s);
    show("all", wrong.spawn([] {}));
    show("not the name", wrong.name("fine").spawn([] {}));
    show("nor the stack", wrong.stack_size(16_KiB).spawn([] {}));
    show("nor the priority", wrong.priority(Priority{1}).spawn([] {}));
    show("nothing", wrong.time_slice(1s).spawn([] {})->join());
}

void all_records()
{
    print("== all records\n");
    // As many as there may be, less the main thread.
    std::array<JoinHandle<int>, config::max_threads> handles;
    int spawned = 0;
    const auto spawn_next = [&] {
        return ThreadBuilder{}.stack_size(minimum + 64).spawn([number = spawned] { return number; });
    };
    for (;;) {
        auto next = spawn_next();
        if (!next) {
            show("refused", next);
            break;
        }
        handles[static_cast<std::size_t>(spawned)] = std::move(*next);
        ++spawned;
    }
    print("{} besides main\n", spawned);
    show("again", spawn_next());
    show("a detached end is room", [&] {
        handles[0].detach();
        this_thread::sleep_for(1ms);
        return ThreadBuilder{}.spawn([] { return 0; })->join();
    }());
    handles[1].join();
    show("a joined one is room", spawn_next());
    bool right = true;
    for (int index = 2; index < spawned; ++index) {
        right = right && handles[static_cast<std::size_t>(index)].join().value() == index;
    }
    print("results right {}\n", right);
}

void all_memory()
{
    print("== all memory\n");
    std::array<JoinHandle<void>, config::max_threads> handles;
    std::size_t count = 0;
    for (;;) {
        auto next = spawn_with_stack(16_MiB);
        if (!next) {
            show("refused", next);
            break;
        }
        handles[count++] = std::move(*next);
    }
    print("several fitted {}\n", count >= 5);
    show("a small one still fits", spawn_with_stack(64_KiB));
    handles[0].join();
    show("room again", spawn_with_stack(16_MiB));
    for (auto& handle : handles) {
        handle.detach();
    }
}

/// After all that: the arena is as full as before.
void nothing_is_lost(std::size_t free_before)
{
    this_thread::sleep_for(10ms);
    show("settled", spawn([] {})->join());
    print("bytes lost {}\n", static_cast<long>(free_before - free_bytes()));
}

}  // namespace

int main()
{
    const std::size_t free_before = free_bytes();
    stacks();
    nothing_is_lost(free_before);
    slices();
    nothing_is_lost(free_before);
    several_mistakes();
    all_records();
    nothing_is_lost(free_before);
    all_memory();
    nothing_is_lost(free_before);
    return 0;
}
