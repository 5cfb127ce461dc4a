// The pool of stacks, with guard pages against a map of what is protected; and the paint on stacks.
#include "core/memory/stack_paint.hpp"
#include "core/memory/stack_pool.hpp"
#include "core/memory/tlsf.hpp"

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <set>
#include <vector>

namespace {

constexpr int max_log2 = 24;
using Arena = pegplan::kernel::Tlsf<max_log2>;

/// Notes what is protected instead of protecting it.
struct NotingPort {
    static constexpr std::size_t page_size = 4096;

    static bool protect_page(std::byte* page)
    {
        REQUIRE(reinterpret_cast<std::uintptr_t>(page) % page_size == 0);
        ++calls;
        if (!willing) {
            return false;
        }
        REQUIRE(pages.insert(page).second);
        return true;
    }
    static void unprotect_page(std::byte* page)
    {
        ++calls;
        REQUIRE(pages.erase(page) == 1);
    }

    static inline std::set<std::byte*> pages;
    static inline int calls;
    static inline bool willing;
};

/// Critical sections, counted.
struct NotingLock {
    NotingLock() { REQUIRE(!held); held = true; ++sections; }
    ~NotingLock() { held = false; }

    static inline bool held;
    static inline int sections;
};

constexpr pegplan::kernel::StackPlace places = 24;
using Guards = pegplan::kernel::PageGuards<NotingPort>;
using Stacks = pegplan::kernel::StackPool<Arena, Guards, places, NotingLock>;
using Taken = Stacks::Taken;

struct Bench {
    explicit Bench(std::size_t bytes) : memory(bytes)
    {
        NotingPort::pages.clear();
        NotingPort::calls = 0;
        NotingPort::willing = true;
        stacks.add_region(memory);
    }

    std::vector<std::byte> memory;
    Stacks stacks{};
};

}  // namespace

TEST_CASE("each stack has its size and a protected page below it, and no other stack has that page")
{
    Bench bench{8'000'000};
    const std::size_t all = bench.stacks.free_bytes();
    std::mt19937 random{7};
    std::map<std::byte*, Taken> live;
    std::set<int> taken_places;
    int refusals = 0;
    for (int step = 0; step < 20'000; ++step) {
        if (random() % 100 < 52) {
            const std::size_t bytes = random() % 4 == 0 ? 1 + random() % 300'000 : 4096 * (1 + random() % 12);
            const Taken taken = bench.stacks.take(bytes);
            const std::span<std::byte> stack = taken.memory;
            if (stack.empty()) {
                ++refusals;
                continue;
            }
            REQUIRE(stack.size() >= bytes);
            REQUIRE(stack.size() < bytes + Arena::alignment);
            REQUIRE(NotingPort::pages.contains(stack.data() - NotingPort::page_size));
            const auto above = NotingPort::pages.lower_bound(stack.data());
            REQUIRE((above == NotingPort::pages.end() || *above >= stack.data() + stack.size()));
            const auto next = live.lower_bound(stack.data());
            REQUIRE((next == live.end() || stack.data() + stack.size() <= next->first));
            REQUIRE((next == live.begin() || std::prev(next)->first + std::prev(next)->second.memory.size() <= stack.data()));
            REQUIRE((taken.place == pegplan::kernel::no_place || taken_places.insert(taken.place).second));
            live[stack.data()] = taken;
            stack.front() = stack.back() = std::byte{1};
        } else if (!live.empty()) {
            const auto victim = std::next(live.begin(), static_cast<std::ptrdiff_t>(random() % live.size()));
            taken_places.erase(victim->second.place);
            bench.stacks.give(victim->second);
            live.erase(victim);
        }
    }
    CHECK(refusals > 0);
    CHECK(taken_places.size() == places);  // all of them, and there were stacks without one
    for (const auto& [data, taken] : live) {
        bench.stacks.give(taken);
    }
    static_cast<void>(bench.stacks.drain());
    CHECK(NotingPort::pages.empty());
    CHECK(bench.stacks.free_bytes() == all);
}

TEST_CASE("a stack of a size that has just come back costs neither protection nor a critical section")
{
    Bench bench{1'000'000};
    const Taken first = bench.stacks.take(10'000);
    bench.stacks.give(first);
    CHECK(NotingPort::calls == 1);
    const int sections = NotingLock::sections;
    for (int turn = 0; turn < 100; ++turn) {
        const Taken again = bench.stacks.take(10'000);
        CHECK(again.memory.data() == first.memory.data());
        bench.stacks.give(again);
    }
    CHECK(NotingPort::calls == 1);
    CHECK(NotingLock::sections == sections);
}

TEST_CASE("what is kept is there for other sizes when memory runs out")
{
    Bench bench{200'000};
    std::vector<Taken> small;
    for (Taken stack = bench.stacks.take(4096); !stack.memory.empty(); stack = bench.stacks.take(4096)) {
        small.push_back(stack);
    }
    CHECK(small.size() > 10);
    for (const Taken& stack : small) {
        bench.stacks.give(stack);
    }
    const Taken large = bench.stacks.take(150'000);
    CHECK(!large.memory.empty());
    bench.stacks.give(large);
}

TEST_CASE("sixteen powers of two do not disturb one another")
{
    Bench bench{8'000'000};
    for (int turn = 0; turn < 2; ++turn) {
        const int calls = NotingPort::calls;
        for (std::size_t log2 = 4; log2 < 20; ++log2) {
            bench.stacks.give(bench.stacks.take(std::size_t{1} << log2));
        }
        CHECK(NotingPort::calls == calls + (turn == 0 ? 16 : 0));
    }
}

TEST_CASE("sizes that share a shelf: a stack of the other one goes back to the arena, not to the wrong thread")
{
    Bench bench{4'000'000};
    const std::size_t all = bench.stacks.free_bytes();
    for (int turn = 0; turn < 3; ++turn) {
        for (std::size_t size = 1; size <= 60; ++size) {
            const Taken stack = bench.stacks.take(size * 1000);
            CHECK(stack.memory.size() == Stacks::rounded(size * 1000));
            bench.stacks.give(stack);
        }
    }
    CHECK(NotingPort::pages.size() <= 16);  // one on each shelf
    static_cast<void>(bench.stacks.drain());
    CHECK(NotingPort::pages.empty());
    CHECK(bench.stacks.free_bytes() == all);
    CHECK(bench.stacks.drain() == 0);
}

TEST_CASE("a page that cannot be protected is a stack that there is no memory for, and nothing is lost")
{
    Bench bench{1'000'000};
    const std::size_t all = bench.stacks.free_bytes();
    NotingPort::willing = false;
    CHECK(bench.stacks.take(10'000).memory.empty());
    CHECK(bench.stacks.free_bytes() == all);
}

TEST_CASE("the paint tells the lowest word that was written, whatever the size")
{
    using namespace pegplan::kernel;
    const auto used = [](std::span<const std::byte> memory) {
        std::size_t untouched = 0;
        for (std::size_t more = painted_bytes(memory, 0); more != untouched; more = painted_bytes(memory, untouched)) {
            CHECK(more - untouched <= paint_step);
            untouched = more;
        }
        return memory.size() - untouched;
    };
    for (const std::size_t size : {std::size_t{16}, paint_step - 8, paint_step, 3 * paint_step, 3 * paint_step + 64}) {
        alignas(16) std::array<std::byte, 4 * paint_step> memory{};
        const std::span<std::byte> stack = std::span{memory}.first(size);
        paint_stack(stack);
        CHECK(used(stack) == 0);
        for (std::size_t depth = sizeof(StackWord); depth <= size; depth += sizeof(StackWord)) {
            stack[size - depth] = std::byte{1};
            CHECK(used(stack) == depth);
        }
    }
}
