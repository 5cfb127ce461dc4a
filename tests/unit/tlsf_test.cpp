// The allocator against a map of what is allocated: no overlap, no loss, everything joined again in the end.
#include "core/memory/tlsf.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <map>
#include <random>
#include <vector>

namespace {

constexpr int max_log2 = 20;
using Allocator = pegplan::kernel::Tlsf<max_log2>;

}  // namespace

TEST_CASE("blocks are aligned, apart and inside; when all are released the region is one piece again")
{
    std::mt19937 random{5};
    std::vector<std::byte> region(700'001);
    Allocator allocator;
    allocator.add_region(region);
    const std::size_t all = allocator.free_bytes();
    CHECK(all > region.size() - 100);

    std::map<std::byte*, std::pair<std::size_t, int>> live;
    int refusals = 0;
    for (int step = 0; step < 50'000; ++step) {
        if (random() % 100 < 55) {
            const std::size_t bytes = random() % 8 == 0 ? random() % 60'000 : random() % 600;
            auto* const block = static_cast<std::byte*>(allocator.allocate(bytes));
            if (block == nullptr) {
                ++refusals;
                continue;
            }
            REQUIRE(reinterpret_cast<std::uintptr_t>(block) % Allocator::alignment == 0);
            REQUIRE(Allocator::size_of(block) >= bytes);
            REQUIRE(block >= region.data());
            REQUIRE(block + bytes <= region.data() + region.size());
            const auto next = live.lower_bound(block);
            if (next != live.end()) {
                REQUIRE(block + bytes <= next->first);
            }
            if (next != live.begin()) {
                const auto previous = std::prev(next);
                REQUIRE(previous->first + previous->second.first <= block);
            }
            const int pattern = static_cast<int>(random() & 0xff);
            std::memset(block, pattern, bytes);
            live[block] = {bytes, pattern};
        } else if (!live.empty()) {
            auto victim = live.begin();
            std::advance(victim, random() % live.size());
            const auto [bytes, pattern] = victim->second;
            for (std::size_t index = 0; index < bytes; ++index) {
                REQUIRE(victim->first[index] == static_cast<std::byte>(pattern));
            }
            allocator.release(victim->first);
            live.erase(victim);
        }
    }
    CHECK(refusals > 0);  // it was full at times
    for (const auto& entry : live) {
        allocator.release(entry.first);
    }
    CHECK(allocator.free_bytes() == all);
    void* const whole = allocator.allocate(all - all / 16);
    CHECK(whole != nullptr);
}

TEST_CASE("what cannot fit is refused")
{
    std::vector<std::byte> region(10'000);
    Allocator allocator;
    allocator.add_region(region);
    CHECK(allocator.allocate(20'000) == nullptr);
    CHECK(allocator.allocate((std::size_t{1} << max_log2) - 1) == nullptr);
    CHECK(allocator.allocate(std::size_t{1} << max_log2) == nullptr);
    CHECK(allocator.allocate(~std::size_t{0}) == nullptr);
    CHECK(allocator.allocate(0) != nullptr);
}
