// The strong types that interfaces speak in.
#pragma once

#include <pegplan/config/sched.hpp>

#include <compare>
#include <cstdint>

namespace pegplan {

/// Urgency of a thread: 0 to NUM_PRIORITIES - 1, larger is more urgent.
class Priority {
public:
    constexpr explicit Priority(int level) noexcept : level_{level} {}

    [[nodiscard]] constexpr int level() const noexcept { return level_; }
    [[nodiscard]] constexpr bool in_range() const noexcept { return level_ >= 0 && level_ < config::num_priorities; }

    constexpr auto operator<=>(const Priority&) const noexcept = default;

    static constexpr Priority lowest() noexcept { return Priority{0}; }
    static constexpr Priority highest() noexcept { return Priority{config::num_priorities - 1}; }

private:
    int level_;  // wider than needed, so that a value out of range is seen and reported rather than wrapped
};

/// Names one thread for ever: an id is never given to a second thread. 0 is nobody.
class ThreadId {
public:
    constexpr ThreadId() noexcept = default;
    constexpr explicit ThreadId(std::uint64_t value) noexcept : value_{value} {}

    [[nodiscard]] constexpr std::uint64_t value() const noexcept { return value_; }
    constexpr explicit operator bool() const noexcept { return value_ != 0; }
    constexpr auto operator<=>(const ThreadId&) const noexcept = default;

private:
    std::uint64_t value_ = 0;
};

/// A CPU, numbered from 0.
class CpuId {
public:
    constexpr CpuId() noexcept = default;
    constexpr explicit CpuId(std::uint32_t index) noexcept : index_{index} {}

    [[nodiscard]] constexpr std::uint32_t index() const noexcept { return index_; }
    constexpr explicit operator std::uint32_t() const noexcept { return index_; }
    constexpr explicit operator int() const noexcept { return static_cast<int>(index_); }
    constexpr explicit operator std::size_t() const noexcept { return index_; }
    constexpr auto operator<=>(const CpuId&) const noexcept = default;

private:
    std::uint32_t index_ = 0;
};

/// A NUMA node, numbered from 0 as in the board file. See <pegplan/numa.hpp>.
class NodeId {
public:
    constexpr NodeId() noexcept = default;
    constexpr explicit NodeId(std::uint32_t index) noexcept : index_{index} {}

    [[nodiscard]] constexpr std::uint32_t index() const noexcept { return index_; }
    constexpr explicit operator std::uint32_t() const noexcept { return index_; }
    constexpr explicit operator int() const noexcept { return static_cast<int>(index_); }
    constexpr explicit operator std::size_t() const noexcept { return index_; }
    constexpr auto operator<=>(const NodeId&) const noexcept = default;

private:
    std::uint32_t index_ = 0;
};

}  // namespace pegplan
