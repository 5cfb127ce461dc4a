// Pools of blocks and of objects against what is known to be out.
#include <pegplan/object_pool.hpp>

#include "core/base/masked_index_pool.hpp"
#include "core/memory/basic_fixed_pool.hpp"

#include "panics.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <random>
#include <set>
#include <thread>
#include <vector>

using pegplan::Error;
using pegplan::kernel::BasicFixedPool;
using pegplan::kernel::IndexPool;
using pegplan::ObjectPool;

namespace {

/// A machine on which masking is noted.
struct MaskedMachine {
    static inline bool masked = false;

    static bool irq_save() noexcept
    {
        const bool before = masked;
        masked = true;
        return before;
    }
    static void irq_restore(bool before) noexcept
    {
        CHECK(masked);
        masked = before;
    }
};

using LockFreePool = BasicFixedPool<IndexPool<>>;
using MaskedPool = BasicFixedPool<IndexPool<pegplan::kernel::Masked<MaskedMachine>>>;

struct Counted {
    explicit Counted(int number) : value{number} { ++alive; }
    ~Counted() { --alive; }
    int value;
    static inline int alive = 0;
};

}  // namespace

TEST_CASE_TEMPLATE("blocks are aligned, apart and inside, and as many as promised", FixedPool, LockFreePool, MaskedPool)
{
    for (const std::size_t alignment : {1U, 4U, 16U, 64U}) {
        for (const std::size_t size : {1U, 7U, 16U, 200U}) {
            constexpr std::size_t count = 13;
            std::vector<std::byte> room(FixedPool::memory_for(count, size, alignment) + alignment);
            const auto address = reinterpret_cast<std::uintptr_t>(room.data());
            std::byte* const begin = room.data() + (alignment - address % alignment) % alignment;
            const std::span<std::byte> memory{begin, FixedPool::memory_for(count, size, alignment)};
            FixedPool pool{memory, size, alignment};
            CHECK(pool.capacity() == count);
            CHECK(pool.block_size() >= size);
            std::set<std::byte*> blocks;
            for (std::size_t index = 0; index < count; ++index) {
                auto* const block = static_cast<std::byte*>(pool.allocate().value());
                CHECK(reinterpret_cast<std::uintptr_t>(block) % alignment == 0);
                CHECK(block >= memory.data());
                CHECK(block + size <= memory.data() + memory.size());
                std::memset(block, 0xff, size);
                const auto above = blocks.lower_bound(block);
                CHECK((above == blocks.end() || block + size <= *above));
                CHECK((above == blocks.begin() || *std::prev(above) + size <= block));
                blocks.insert(block);
            }
            CHECK(pool.allocate().error() == Error::out_of_memory);
            CHECK(pool.in_use() == count);
            for (std::byte* const block : blocks) {
                pool.release(block);
            }
            CHECK(pool.in_use() == 0);
        }
    }
}

TEST_CASE_TEMPLATE("memory that is not aligned costs a block, not the alignment", FixedPool, LockFreePool, MaskedPool)
{
    alignas(64) std::array<std::byte, 1000> memory;
    FixedPool pool{std::span{memory}.subspan(1), 64, 64};
    void* const block = pool.allocate().value();
    CHECK(reinterpret_cast<std::uintptr_t>(block) % 64 == 0);
    pool.release(block);
}

TEST_CASE_TEMPLATE("what is out is never handed out again, in any order", FixedPool, LockFreePool, MaskedPool)
{
    std::array<std::byte, FixedPool::memory_for(50, 24)> memory;
    FixedPool pool{memory, 24};
    std::mt19937 random{3};
    std::vector<void*> out;
    std::set<void*> known;
    for (int step = 0; step < 20'000; ++step) {
        if (random() % 2 == 0) {
            if (const auto block = pool.allocate()) {
                REQUIRE(known.insert(*block).second);
                out.push_back(*block);
            } else {
                REQUIRE(out.size() == pool.capacity());
            }
        } else if (!out.empty()) {
            std::swap(out[random() % out.size()], out.back());
            known.erase(out.back());
            pool.release(out.back());
            out.pop_back();
        }
    }
    for (void* const block : out) {
        pool.release(block);
    }
}

TEST_CASE("threads share a pool")
{
    static std::array<std::byte, LockFreePool::memory_for(5, sizeof(int))> memory;
    LockFreePool pool{memory, sizeof(int), alignof(int)};
    constexpr int workers = 4;
    std::atomic<int> disturbed = 0;
    std::atomic<int> done = 0;
    std::vector<std::thread> threads;
    for (int worker = 0; worker < workers; ++worker) {
        threads.emplace_back([&, worker] {
            for (int round = 0; round < 20'000; ++round) {
                if (const auto block = pool.allocate()) {
                    auto* const owner = static_cast<volatile int*>(*block);
                    *owner = worker;
                    disturbed += *owner != worker;
                    ++done;
                    pool.release(*block);
                }
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    CHECK(disturbed == 0);
    CHECK(done > workers);
    CHECK(pool.in_use() == 0);
}

TEST_CASE_TEMPLATE("misuse of a pool of blocks has a name", FixedPool, LockFreePool, MaskedPool)
{
    std::array<std::byte, FixedPool::memory_for(4, 32)> memory;
    FixedPool pool{memory, 32};
    auto* const block = static_cast<std::byte*>(pool.allocate().value());
    pool.release(block);
    CHECK_PANICS(pool.release(block), "is released twice");
    CHECK_PANICS(pool.release(block + 32), "is released twice");  // never allocated
    CHECK_PANICS(pool.release(block + 8), "is not a block of this pool");
    CHECK_PANICS(pool.release(block + 4 * 32), "is not a block of this pool");
    CHECK_PANICS(pool.release(block - 32), "is not a block of this pool");
    CHECK_PANICS(pool.release(nullptr), "is not a block of this pool");
    CHECK_PANICS(FixedPool(std::span{memory}.first(30), 32), "30 bytes are no room for a block of 32");
    CHECK_PANICS(FixedPool(memory, 0), "a pool of blocks of 0 bytes");
    CHECK_PANICS(FixedPool(memory, 8, 24), "aligned to 24");
}

TEST_CASE("a masked stack of numbers gives back what came last, and leaves nothing masked")
{
    using Stack = pegplan::kernel::SharedIndexStack<pegplan::kernel::Masked<MaskedMachine>>;
    Stack::Link links[3]{};
    Stack stack;
    CHECK(stack.pop(links) == pegplan::kernel::no_index);
    for (const pegplan::kernel::Index index : {0U, 2U, 1U}) {
        stack.push(links, index);
    }
    CHECK(stack.pop(links) == 1);
    stack.push(links, 1);
    for (const pegplan::kernel::Index index : {1U, 2U, 0U}) {
        CHECK(stack.pop(links) == index);
    }
    CHECK(stack.pop(links) == pegplan::kernel::no_index);
    CHECK(!MaskedMachine::masked);
}

TEST_CASE("objects live as long as their handles")
{
    static ObjectPool<Counted, 3> pool;
    {
        auto first = pool.make(1).value();
        auto second = pool.make(2).value();
        auto third = pool.make(3).value();
        CHECK(Counted::alive == 3);
        CHECK(pool.make(4).error() == Error::out_of_memory);
        CHECK(Counted::alive == 3);
        second.reset();
        CHECK(Counted::alive == 2);
        auto again = std::move(third);
        CHECK(again->value == 3);
        CHECK(pool.make(5).value()->value == 5);
        CHECK(pool.in_use() == 2);
    }
    CHECK(Counted::alive == 0);
    CHECK(pool.in_use() == 0);

    Counted* const raw = pool.create(7).value();
    pool.destroy(raw);
    CHECK(Counted::alive == 0);
    void* const place = pool.allocate().value();
    CHECK(place == raw);
    pool.release(place);
    CHECK(Counted::alive == 0);
}

TEST_CASE("misuse of a pool of objects has a name, and the object is not destroyed twice")
{
    static ObjectPool<Counted, 3> pool;
    Counted elsewhere{0};
    Counted* const object = pool.create(1).value();
    Counted* const other = pool.create(2).value();
    pool.destroy(object);
    const int alive = Counted::alive;
    CHECK_PANICS(pool.destroy(object), "goes back to its pool twice");
    CHECK_PANICS(pool.release(object), "goes back to its pool twice");
    CHECK_PANICS(pool.destroy(&elsewhere), "is not in this pool");
    CHECK_PANICS(pool.release(reinterpret_cast<std::byte*>(other) + 1), "is not in this pool");
    CHECK(Counted::alive == alive);
    pool.destroy(other);
}
