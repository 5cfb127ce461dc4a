// Stacks with guard pages against a map of what is protected.
#include "core/memory/guarded_stacks.hpp"
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

using Stacks = pegplan::kernel::GuardedStacks<Arena, NotingPort>;

struct Bench {
    explicit Bench(std::size_t bytes) : memory(bytes)
    {
        NotingPort::pages.clear();
        NotingPort::calls = 0;
        NotingPort::willing = true;
        arena.add_region(memory);
    }

    std::vector<std::byte> memory;
    Arena arena;
    Stacks stacks{arena};
};

}  // namespace

TEST_CASE("each stack has its size and a protected page below it, and no other stack has that page")
{
    Bench bench{8'000'000};
    const std::size_t all = bench.arena.free_bytes();
    std::mt19937 random{7};
    std::map<std::byte*, std::size_t> live;
    int refusals = 0;
    for (int step = 0; step < 20'000; ++step) {
        if (random() % 100 < 52) {
            const std::size_t bytes = random() % 4 == 0 ? 1 + random() % 300'000 : 4096 * (1 + random() % 12);
            const auto stack = bench.stacks.allocate(bytes);
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
            REQUIRE((next == live.begin() || std::prev(next)->first + std::prev(next)->second <= stack.data()));
            live[stack.data()] = stack.size();
            stack.front() = stack.back() = std::byte{1};
        } else if (!live.empty()) {
            const auto victim = std::next(live.begin(), static_cast<std::ptrdiff_t>(random() % live.size()));
            bench.stacks.release({victim->first, victim->second});
            live.erase(victim);
        }
    }
    CHECK(refusals > 0);
    for (const auto& [data, size] : live) {
        bench.stacks.release({data, size});
    }
    bench.stacks.drain();
    CHECK(NotingPort::pages.empty());
    CHECK(bench.arena.free_bytes() == all);
}

TEST_CASE("a stack of a size that has just come back costs no protection")
{
    Bench bench{1'000'000};
    const auto first = bench.stacks.allocate(10'000);
    bench.stacks.release(first);
    CHECK(NotingPort::calls == 1);
    for (int turn = 0; turn < 100; ++turn) {
        const auto again = bench.stacks.allocate(10'000);
        CHECK(again.data() == first.data());
        bench.stacks.release(again);
    }
    CHECK(NotingPort::calls == 1);
}

TEST_CASE("what is kept is there for other sizes when memory runs out")
{
    Bench bench{200'000};
    std::vector<std::span<std::byte>> small;
    for (auto stack = bench.stacks.allocate(4096); !stack.empty(); stack = bench.stacks.allocate(4096)) {
        small.push_back(stack);
    }
    CHECK(small.size() > 10);
    for (const auto stack : small) {
        bench.stacks.release(stack);
    }
    const auto large = bench.stacks.allocate(150'000);
    CHECK(!large.empty());
    bench.stacks.release(large);
}

TEST_CASE("more sizes than are kept apart")
{
    Bench bench{4'000'000};
    const std::size_t all = bench.arena.free_bytes();
    for (int turn = 0; turn < 3; ++turn) {
        for (std::size_t size = 1; size <= 30; ++size) {
            bench.stacks.release(bench.stacks.allocate(size * 1000));
        }
    }
    bench.stacks.drain();
    CHECK(NotingPort::pages.empty());
    CHECK(bench.arena.free_bytes() == all);
}

TEST_CASE("a page that cannot be protected is a stack that there is no memory for, and nothing is lost")
{
    Bench bench{1'000'000};
    const std::size_t all = bench.arena.free_bytes();
    NotingPort::willing = false;
    CHECK(bench.stacks.allocate(10'000).empty());
    CHECK(bench.arena.free_bytes() == all);
}
