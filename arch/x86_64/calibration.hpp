// Measures the rate of a fast counter by a slow one of known frequency.
//
// The moment when the slow counter took a new value is known to lie between two readings of the fast one: an edge,
// with a window of uncertainty. Two edges give the rate, and the mean of their windows over the time between them
// bounds the error. So the measurement takes as long as the accuracy asks for on the machine at hand: microseconds
// where reading is quick, milliseconds where each access to a device takes its time.
//
// Whatever holds the CPU up meanwhile (the host of a virtual machine, say) makes a window wide, which costs time, or
// lets the slow counter wrap round unseen, which would ruin the result. Therefore the measurement has two halves: they
// agree, or it starts anew.
#pragma once

#include <cstdint>

namespace pegplan::arch::x86_64 {

/// When, in ticks of the fast counter, the slow one took a value.
struct Edge {
    std::uint64_t earliest;
    std::uint64_t latest;
    std::uint16_t slow_count;

    [[nodiscard]] constexpr std::uint64_t window() const noexcept { return latest - earliest; }
    [[nodiscard]] constexpr std::uint64_t middle() const noexcept { return earliest + window() / 2; }
};

/// A stretch of time in both counters' units.
struct Comparison {
    std::uint64_t fast;
    std::uint64_t slow;

    /// Whether the other one has the same rate but for one part in `accuracy`.
    [[nodiscard]] constexpr bool agrees_with(const Comparison& other, std::uint64_t accuracy) const noexcept
    {
        const std::uint64_t a = fast * other.slow;
        const std::uint64_t b = other.fast * slow;
        return (a > b ? a - b : b - a) <= a / accuracy;
    }
};

/// Waits for the slow counter's next value.
template <class Slow, class Fast>
Edge next_edge(Slow slow, Fast fast) noexcept
{
    std::uint64_t before_previous = fast();
    const std::uint16_t previous = slow();
    std::uint64_t between = fast();
    for (;;) {
        const std::uint16_t count = slow();
        const std::uint64_t after = fast();
        if (count != previous) {
            return {before_previous, after, count};
        }
        before_previous = between;
        between = after;
    }
}

/// Compares the counters until the error is at most one part in `accuracy`. Calls `at_start` right behind each edge
/// that may be the start, and `at_end` right behind the last.
template <class Slow, class Fast, class AtStart, class AtEnd>
Comparison compare(Slow slow, Fast fast, std::uint64_t accuracy, AtStart at_start, AtEnd at_end) noexcept
{
    constexpr std::uint64_t much_better = 4;  // an edge with a window this much narrower is worth a new start
    constexpr std::uint64_t tolerance = 8;    // each half may be wrong by two parts in `accuracy`, and a little more

    for (;;) {
        const Edge start = next_edge(slow, fast);
        at_start();
        Comparison half{};
        std::uint16_t last_count = start.slow_count;
        for (std::uint64_t elapsed = 0;;) {
            const Edge edge = next_edge(slow, fast);
            if (start.window() > much_better * edge.window()) {
                break;
            }
            elapsed += static_cast<std::uint16_t>(edge.slow_count - last_count);
            last_count = edge.slow_count;
            const std::uint64_t ticks = edge.middle() - start.middle();
            const std::uint64_t error = (start.window() + edge.window()) / 2;
            if (half.slow == 0) {
                if (ticks / accuracy >= error / 2) {
                    half = {ticks, elapsed};
                }
            } else if (ticks / accuracy >= error && ticks >= 2 * half.fast) {
                if (!half.agrees_with({ticks - half.fast, elapsed - half.slow}, accuracy / tolerance)) {
                    break;
                }
                at_end();
                return {ticks, elapsed};
            }
        }
    }
}

}  // namespace pegplan::arch::x86_64
