// Counts that one writes and anybody reads.
#pragma once

#include <atomic>
#include <concepts>
#include <cstdint>

namespace pegplan::kernel {

/// There is one writer at a time, and each sees what the one before has written; readers see some count of lately. Relaxed, so it costs
/// what a plain variable costs.
template <std::unsigned_integral T>
class OneWriterCounter {
public:
    constexpr OneWriterCounter() noexcept = default;
    void increment() noexcept { add(1); }
    void add(T more) noexcept { value_.store(value() + more, std::memory_order_relaxed); }
    [[nodiscard]] T value() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<T> value_{0};
};

}  // namespace pegplan::kernel
