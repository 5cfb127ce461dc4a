// Threads on memory of the application.
#include "core/memory/stack_arena.hpp"

#include <pegplan/pegplan.hpp>

#include <array>
#include <cstdint>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t bytes = 4_KiB;
constinit StaticStack<bytes> first;
constinit std::array<StaticStack<bytes>, 3> more;

bool is_in(std::span<std::byte> memory, const void* address)
{
    const auto* const at = static_cast<const std::byte*>(address);
    return at >= memory.data() && at < memory.data() + memory.size();
}

template <class T>
void show(std::string_view what, const Result<T>& result)
{
    if (result) {
        print("{}: ok\n", what);
    } else {
        print("{}: {}\n", what, result.error());
    }
}

void runs_there()
{
    print("== runs there\n");
    const std::size_t free_before = kernel::free_stack_bytes();
    const std::span<std::byte> memory = first;
    auto thread = ThreadBuilder{}.stack(first).spawn([memory] {
        const int local = 0;
        return is_in(memory, &local);
    });
    print("stack size {}\n", thread->thread().stats().stack_size == bytes);
    print("taken from the arena {}\n", free_before - kernel::free_stack_bytes());
    print("on the memory {}\n", thread->join().value());
    for (int turn = 0; turn < 100; ++turn) {
        static_cast<void>(ThreadBuilder{}.stack(first).spawn([turn] { return turn; })->join());
    }
    print("lost {}\n", free_before - kernel::free_stack_bytes());
}

void several()
{
    print("== several\n");
    static Mutex<int> sum{0};
    std::array<JoinHandle<void>, 3> handles;
    for (std::size_t index = 0; index < handles.size(); ++index) {
        handles[index] = std::move(*ThreadBuilder{}.stack(more[index]).spawn([] {
            for (int turn = 0; turn < 10; ++turn) {
                auto guard = sum.lock();
                const int seen = *guard;
                this_thread::sleep_for(10us);
                *guard = seen + 1;
            }
        }));
    }
    for (auto& handle : handles) {
        handle.join();
    }
    print("sum {}\n", *sum.lock());
    // A detached thread's memory is free when the thread is gone.
    auto detached = ThreadBuilder{}.stack(first).spawn([] { this_thread::sleep_for(1ms); });
    const Thread thread = detached->thread();
    detached->detach();
    this_thread::sleep_for(2ms);
    print("gone {}\n", thread.stats().state == ThreadState::gone);
    print("again {}\n", ThreadBuilder{}.stack(first).spawn([] { return 7; })->join().value());
}

void mistakes()
{
    print("== mistakes\n");
    const std::span<std::byte> memory = first;
    const auto on = [](std::span<std::byte> stack) { return ThreadBuilder{}.stack(stack).spawn([] {}); };
    show("begins 1 too late", on(memory.subspan(1)));
    show("begins 8 too late", on(memory.subspan(8)));
    show("ends 1 too early", on(memory.first(memory.size() - 1)));
    show("empty", on(memory.first(0)));
    show("16 bytes", on(memory.first(16)));
    const std::size_t least = config::stack_size_min + config::stack_extra;
    show("less than the minimum", on(memory.first(least)));  // the closure has a byte
    show("the minimum and a closure", on(memory.first(least + stack_alignment)));
    show("a large closure", ThreadBuilder{}.stack(memory).spawn([big = std::array<char, bytes>{}] { return big[0]; }));
    show("null is the default", on({}));
}

}  // namespace

int main()
{
    runs_there();
    several();
    mistakes();
    return 0;
}
