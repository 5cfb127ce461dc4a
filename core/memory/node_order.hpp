// In which order to look for memory when a NUMA node has none.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace pegplan::kernel {

using NodeIndex = std::uint8_t;

/// For each node all of them, the nearest first: itself, whatever the distances say; of equals the one with the smaller number.
/// `distances`: a row for each node, as in the board file.
template <std::size_t count>
constexpr auto nearest_first(const std::array<std::array<std::uint8_t, count>, count>& distances) noexcept
{
    std::array<std::array<NodeIndex, count>, count> orders{};
    for (std::size_t from = 0; from < count; ++from) {
        auto& order = orders[from];
        for (std::size_t node = 0; node < count; ++node) {
            order[node] = static_cast<NodeIndex>(node);
        }
        std::swap(order[0], order[from]);
        std::sort(order.begin() + 1, order.end(), [&far = distances[from]](NodeIndex one, NodeIndex other) {
            return far[one] != far[other] ? far[one] < far[other] : one < other;
        });
    }
    return orders;
}

}  // namespace pegplan::kernel
