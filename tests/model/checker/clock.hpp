// Vector clocks: for each thread, how many of its events are known.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace pegplan::model {

/// Most logical threads that a test program may have.
inline constexpr int max_threads = 4;

/// Counts events, from the first: a clock that says 3 for a thread contains that thread's events 0, 1 and 2.
class Clock {
public:
    using Count = std::uint16_t;

    [[nodiscard]] int operator[](int thread) const noexcept { return counts_[static_cast<std::size_t>(thread)]; }
    void set(int thread, int count) noexcept { counts_[static_cast<std::size_t>(thread)] = static_cast<Count>(count); }

    [[nodiscard]] bool contains(int thread, int index) const noexcept { return (*this)[thread] > index; }

    void join(const Clock& other) noexcept
    {
        for (std::size_t thread = 0; thread < counts_.size(); ++thread) {
            counts_[thread] = std::max(counts_[thread], other.counts_[thread]);
        }
    }

    /// Makes the clock contain the thread's first `count` events.
    void raise(int thread, int count) noexcept { set(thread, std::max((*this)[thread], count)); }

    bool operator==(const Clock&) const noexcept = default;

private:
    std::array<Count, max_threads> counts_{};
};

}  // namespace pegplan::model
