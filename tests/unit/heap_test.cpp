// What the allocator can besides: alignment, sizes that change, what it says of itself.
#include "core/memory/tlsf.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <map>
#include <random>
#include <vector>

namespace {

using Allocator = pegplan::kernel::SpanTlsf;

struct Bench {
    explicit Bench(std::size_t bytes) : memory(bytes) { allocator.add_region(memory); }

    std::vector<std::byte> memory;
    std::array<pegplan::kernel::TlsfRow, Allocator::rows_for(21)> rows{};
    Allocator allocator{rows};
};

}  // namespace

TEST_CASE("blocks of any alignment that change their size keep their contents, and all of the region comes back")
{
    Bench bench{1'000'000};
    Allocator& allocator = bench.allocator;
    const std::byte* const end = bench.memory.data() + bench.memory.size();
    const std::size_t all = allocator.free_bytes();
    std::mt19937 random{11};
    struct Block {
        std::size_t bytes;
        int pattern;
    };
    std::map<std::byte*, Block> live;
    int grown = 0;
    int shrunk = 0;
    int refused = 0;
    const auto check = [&](std::byte* at, const Block& block) {
        for (std::size_t index = 0; index < block.bytes; ++index) {
            REQUIRE(at[index] == static_cast<std::byte>(block.pattern));
        }
        const auto next = live.upper_bound(at);
        REQUIRE((next == live.end() || at + block.bytes <= next->first));
    };
    for (int step = 0; step < 30'000; ++step) {
        const auto what = random() % 100;
        if (what < 45) {
            const std::size_t bytes = random() % 3000;
            const std::size_t alignment = std::size_t{1} << random() % 13;
            auto* const at = static_cast<std::byte*>(allocator.allocate(bytes, alignment));
            if (at == nullptr) {
                continue;
            }
            REQUIRE(reinterpret_cast<std::uintptr_t>(at) % std::max(alignment, Allocator::alignment) == 0);
            REQUIRE(at >= bench.memory.data());
            REQUIRE(at + bytes <= end);
            REQUIRE(Allocator::is_block(at, end));
            const int pattern = static_cast<int>(random() & 0xff);
            std::memset(at, pattern, bytes);
            live[at] = {bytes, pattern};
            check(at, live[at]);
        } else if (!live.empty()) {
            const auto victim = std::next(live.begin(), static_cast<std::ptrdiff_t>(random() % live.size()));
            check(victim->first, victim->second);
            if (what < 60) {
                const std::size_t bytes = random() % 4000;
                const std::size_t before = Allocator::size_of(victim->first);
                if (!allocator.resize(victim->first, bytes)) {
                    ++refused;
                    REQUIRE(Allocator::size_of(victim->first) == before);
                    continue;
                }
                (bytes > before ? grown : shrunk) += 1;
                REQUIRE(Allocator::size_of(victim->first) >= bytes);
                if (bytes > victim->second.bytes) {
                    std::memset(victim->first, victim->second.pattern, bytes);
                }
                victim->second.bytes = bytes;
                check(victim->first, victim->second);
            } else {
                allocator.release(victim->first);
                REQUIRE((Allocator::is_released(victim->first) || !Allocator::is_block(victim->first, end)));
                live.erase(victim);
            }
        }
    }
    CHECK(grown > 100);
    CHECK(shrunk > 100);
    CHECK(refused > 100);
    for (const auto& [at, block] : live) {
        allocator.release(at);
    }
    CHECK(allocator.free_bytes() == all);
}

TEST_CASE("the largest grant is granted, and one byte more is not")
{
    Bench bench{700'000};
    Allocator& allocator = bench.allocator;
    std::mt19937 random{4};
    std::vector<void*> live;
    for (int step = 0; step < 2'000; ++step) {
        const std::size_t largest = allocator.largest_grant();
        CHECK(allocator.allocate(largest + 1) == nullptr);
        if (largest > 0) {
            void* const block = allocator.allocate(largest);
            REQUIRE(block != nullptr);
            allocator.release(block);
        }
        CHECK(allocator.largest_grant() == largest);
        if (void* const block = allocator.allocate(random() % 9'000); block != nullptr && random() % 3 != 0) {
            live.push_back(block);
        } else if (block != nullptr) {
            allocator.release(block);
        } else if (!live.empty()) {
            std::swap(live[random() % live.size()], live.back());
            allocator.release(live.back());
            live.pop_back();
        }
    }
}

TEST_CASE("a block that is released twice is seen, also when it has become a part of the one before it")
{
    Bench bench{10'000};
    Allocator& allocator = bench.allocator;
    void* const first = allocator.allocate(100);
    void* const second = allocator.allocate(100);
    void* const third = allocator.allocate(100);
    allocator.release(first);
    allocator.release(second);
    CHECK(Allocator::is_released(first));
    CHECK(Allocator::is_released(second));
    CHECK(!Allocator::is_released(third));
    allocator.release(third);
    CHECK(Allocator::is_released(third));
}
