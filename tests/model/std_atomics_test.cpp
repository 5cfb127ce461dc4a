// The same headers on the real atomics, on host threads: that the surfaces agree, and that the results are right
// where the hardware happens to show them.
#include "core/sync/ticket_lock.hpp"

#include <pegplan/lockfree/mpsc_list.hpp>
#include <pegplan/lockfree/spsc_ring.hpp>

#include <doctest/doctest.h>

#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace pegplan::kernel {

namespace {

/// A host may have fewer CPUs than the test has threads.
struct Yield {
    static void spin_hint() noexcept { std::this_thread::yield(); }
};
using HostAtomics = BasicAtomics<Yield>;

constexpr int rounds = 200;

struct Item : MpscLink<Item, HostAtomics> {
    int value = 0;
};

}  // namespace

static_assert(sizeof(TicketLock<>) == 2 * sizeof(std::uint32_t));
static_assert(sizeof(MpscList<Item, HostAtomics>) == 2 * sizeof(void*));
static_assert(sizeof(SpscRing<int, 8>) == 8 * sizeof(int) + 4 * sizeof(std::size_t));

TEST_SUITE_BEGIN("quick");

TEST_CASE("StdAtomics: TicketLock")
{
    TicketLock<HostAtomics> lock;
    int counter = 0;
    const auto count = [&] {
        for (int round = 0; round < rounds; ++round) {
            const std::scoped_lock guard{lock};
            ++counter;
        }
    };
    std::thread other{count};
    count();
    other.join();
    CHECK(counter == 2 * rounds);
    REQUIRE(lock.try_lock());
    CHECK(!lock.try_lock());
    lock.unlock();
    CHECK(lock.try_lock());
}

TEST_CASE("StdAtomics: MpscList")
{
    MpscList<Item, HostAtomics> list;
    const auto items = std::make_unique<std::array<std::array<Item, rounds>, 2>>();
    const auto produce = [&](std::size_t producer) {
        for (int round = 0; round < rounds; ++round) {
            Item& item = (*items)[producer][static_cast<std::size_t>(round)];
            item.value = round * 2 + static_cast<int>(producer);
            list.push(item);
        }
    };
    std::thread first{produce, 0};
    std::thread second{produce, 1};
    std::array<int, 2> next{0, 1};
    bool in_order = true;
    for (int left = 2 * rounds; left > 0;) {
        if (const Item* const item = list.pop()) {
            int& expected = next[static_cast<std::size_t>(item->value % 2)];
            in_order = in_order && item->value == expected;
            expected += 2;
            --left;
        } else {
            HostAtomics::pause();
        }
    }
    first.join();
    second.join();
    CHECK(in_order);
    CHECK(list.pop() == nullptr);
}

TEST_CASE("StdAtomics: SpscRing")
{
    SpscRing<std::unique_ptr<int>, 8, HostAtomics> ring;  // moves are enough
    std::thread producer{[&ring] {
        for (int value = 0; value < rounds; ++value) {
            auto boxed = std::make_unique<int>(value);
            while (!ring.try_push(std::move(boxed))) {
                HostAtomics::pause();
            }
        }
    }};
    bool in_order = true;
    for (int expected = 0; expected < rounds;) {
        if (const auto value = ring.try_pop()) {
            in_order = in_order && **value == expected;
            ++expected;
        } else {
            HostAtomics::pause();
        }
    }
    producer.join();
    CHECK(in_order);
}

TEST_SUITE_END();

}  // namespace pegplan::kernel
