// Which node comes next when one is full.
#include "core/memory/node_order.hpp"

#include <doctest/doctest.h>

#include <array>
#include <random>

namespace {

using pegplan::kernel::NodeIndex;
using pegplan::kernel::nearest_first;

template <std::size_t count>
using Distances = std::array<std::array<std::uint8_t, count>, count>;

// Four sockets in a ring: the one opposite is the farthest.
constexpr Distances<4> ring{{{10, 16, 22, 16}, {16, 10, 16, 22}, {22, 16, 10, 16}, {16, 22, 16, 10}}};
constexpr auto around = nearest_first(ring);
static_assert(around[0] == std::array<NodeIndex, 4>{0, 1, 3, 2});
static_assert(around[1] == std::array<NodeIndex, 4>{1, 0, 2, 3});
static_assert(around[2] == std::array<NodeIndex, 4>{2, 1, 3, 0});
static_assert(around[3] == std::array<NodeIndex, 4>{3, 0, 2, 1});

static_assert(nearest_first(Distances<1>{{{10}}})[0][0] == 0);

// A node is its own nearest even if others are said to be as near.
static_assert(nearest_first(Distances<3>{{{10, 10, 10}, {10, 10, 10}, {10, 10, 10}}})[2] == std::array<NodeIndex, 3>{2, 0, 1});

}  // namespace

TEST_CASE("the order of nodes: each once, itself first, then never nearer than the one before")
{
    constexpr std::size_t count = 9;
    std::mt19937 random{11};
    std::uniform_int_distribution<unsigned> any{10, 254};
    for (int round = 0; round < 200; ++round) {
        Distances<count> distances{};
        for (std::size_t one = 0; one < count; ++one) {
            distances[one][one] = 10;
            for (std::size_t other = 0; other < one; ++other) {
                distances[one][other] = distances[other][one] = static_cast<std::uint8_t>(any(random));
            }
        }
        const auto orders = nearest_first(distances);
        for (std::size_t from = 0; from < count; ++from) {
            CHECK(orders[from][0] == from);
            unsigned seen = 0;
            for (std::size_t i = 0; i < count; ++i) {
                seen |= 1U << orders[from][i];
                if (i > 1) {
                    CHECK(distances[from][orders[from][i - 1]] <= distances[from][orders[from][i]]);
                }
            }
            CHECK(seen == (1U << count) - 1);
        }
    }
}
