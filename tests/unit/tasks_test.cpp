// Whom a worker robs first, and the records of tasks. (What several CPUs do at once is in tests/model/parking_test.cpp and task_group_test.cpp.)
#include "core/tasks/slot_pool.hpp"
#include "core/smp/victims.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <random>
#include <vector>

namespace {

using pegplan::MpscLink;
using pegplan::kernel::SlotPool;
using pegplan::kernel::VictimOrder;

struct Slot : MpscLink<Slot> {
    Slot* next_free = nullptr;
};

}  // namespace

TEST_CASE("victims: each once, never a nearer one behind a farther one, and any of equals first")
{
    constexpr std::size_t count = 12;
    std::mt19937 random{5};
    for (int round = 0; round < 100; ++round) {
        std::array<std::uint32_t, count> distances;
        for (std::uint32_t& distance : distances) {
            distance = 10 + random() % 3 * 10;
        }
        VictimOrder<count> order;
        order.build([&distances](std::size_t worker) { return distances[worker]; });
        std::vector<std::size_t> visited;
        std::vector<std::size_t> equals;
        CHECK(!order.visit(
            [&](std::size_t below) {
                equals.push_back(below);
                return random() % below;
            },
            [&visited](std::size_t worker) {
                visited.push_back(worker);
                return false;
            }));
        REQUIRE(visited.size() == count);
        CHECK(std::ranges::is_sorted(visited, {}, [&distances](std::size_t worker) { return distances[worker]; }));
        for (const std::size_t number : equals) {
            CHECK(std::ranges::any_of(distances, [&](std::uint32_t distance) {
                return static_cast<std::size_t>(std::ranges::count(distances, distance)) == number;
            }));
        }
        std::ranges::sort(visited);
        for (std::size_t worker = 0; worker < count; ++worker) {
            CHECK(visited[worker] == worker);
        }
    }
}

TEST_CASE("victims: whoever comes first of those that are equally near")
{
    VictimOrder<4> order;
    order.build([](std::size_t worker) { return worker < 2 ? 10 : 20; });
    const auto first = [&order](std::size_t offset) {
        std::vector<std::size_t> visited;
        order.visit([offset](std::size_t) { return offset; },
                    [&visited](std::size_t worker) {
                        visited.push_back(worker);
                        return visited.size() == 3;
                    });
        return visited;
    };
    CHECK(first(0) == std::vector<std::size_t>{0, 1, 2});
    CHECK(first(1) == std::vector<std::size_t>{1, 0, 3});
}

TEST_CASE("task records: all are there, whoever gives them back")
{
    constexpr std::size_t count = 6;
    static SlotPool<Slot, count> pool;
    std::mt19937 random{7};
    std::vector<Slot*> out;
    for (int step = 0; step < 10'000; ++step) {
        if (random() % 2 == 0) {
            Slot* const slot = pool.take();
            CHECK((slot == nullptr) == (out.size() == count));
            if (slot != nullptr) {
                CHECK(std::ranges::find(out, slot) == out.end());
                out.push_back(slot);
            }
        } else if (!out.empty()) {
            const std::size_t place = random() % out.size();
            if (random() % 2 == 0) {
                pool.give_own(*out[place]);
            } else {
                pool.give(*out[place]);
            }
            out.erase(out.begin() + static_cast<std::ptrdiff_t>(place));
        }
    }
}
