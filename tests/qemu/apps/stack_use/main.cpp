// How much of their stacks threads use, to the word, and where stacks begin: STACK_PAINTING and STACK_COLOURING.
#include "core/sched/cpu.hpp"

#include <pegplan/config/memory.hpp>
#include <pegplan/pegplan.hpp>

#include <array>
#include <cstdint>

using namespace pegplan;
using namespace std::chrono_literals;

namespace {

using Word = std::uintptr_t;
constexpr std::size_t bytes = 16_KiB;

/// Writes a word of the running thread's stack, counted from its low end.
void touch(std::size_t word)
{
    auto* const low = reinterpret_cast<volatile Word*>(kernel::this_cpu().current->stack.memory.data());
    low[word] = 1;
}

/// What is used, less than the whole by so many words.
std::size_t words_left()
{
    const Thread self = this_thread::current();
    return (kernel::this_cpu().current->stack.memory.size() - self.stats().stack_used) / sizeof(Word);
}

void exact()
{
    print("== exact\n");
    auto thread = ThreadBuilder{}.stack_size(bytes).spawn([] {
        const std::size_t little = this_thread::current().stats().stack_used;
        print("some, not all {}\n", little > 0 && little < bytes / 2 + config::stack_extra);
        for (const std::size_t word : {300U, 299U, 128U, 64U, 63U, 1U, 0U}) {
            touch(word);
            print("{} words left\n", words_left());
        }
    });
    thread->join();
    print("the next one begins anew {}\n",
          ThreadBuilder{}.stack_size(bytes).spawn([] { return words_left() > 300; })->join().value());
    static StaticStack<bytes> own;
    print("on its own memory {}\n", ThreadBuilder{}.stack(own).spawn([] {
        touch(10);
        return words_left();
    })->join().value());
    auto sleeper = ThreadBuilder{}.stack_size(bytes).spawn([] { this_thread::sleep_for(1ms); });
    const Thread handle = sleeper->thread();
    yield_now();
    print("of another {}, of one that is gone ", handle.stats().stack_used > 0);
    sleeper->join();
    print("{}\n", handle.stats().stack_used);
}

void colours()
{
    print("== colours\n");
    std::uintptr_t before = 0;
    for (int turn = 0; turn < 10; ++turn) {
        const auto at = ThreadBuilder{}.stack_size(bytes).spawn([] {
            return reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
        })->join().value();
        if (turn > 0) {
            print("{} ", static_cast<long>(before - at));
        }
        before = at;
    }
    print("in a circle\n");
    bool right = true;
    for (int turn = 0; turn < 10; ++turn) {
        const auto thread = ThreadBuilder{}.stack_size(bytes).spawn([] {});
        right = right && thread->thread().stats().stack_size == bytes;
    }
    print("each has what it asked for {}\n", right);
}

}  // namespace

int main()
{
    exact();
    colours();
    return 0;
}
