// Small straight-line programs as data: litmus tests, and random programs for the calibration of the checker.
#pragma once

#include "tests/model/checker/program.hpp"

#include <set>
#include <string>
#include <vector>

namespace pegplan::model {

struct Op {
    enum class Kind : std::uint8_t { load, store, add, exchange, compare_exchange, compare_exchange_weak, wait, fence };

    Kind kind = Kind::fence;
    int location = 0;
    std::memory_order order = std::memory_order_relaxed;
    int value = 0;     ///< to write, add or wait for
    int expected = 0;  ///< of compare-exchange, whose failure order follows from `order` as in std::atomic
};

inline constexpr int most_locations = 3;
inline constexpr int most_ops = 6;  ///< of one thread

inline Op load(int location, std::memory_order order)
{
    return {Op::Kind::load, location, order};
}
inline Op store(int location, int value, std::memory_order order)
{
    return {Op::Kind::store, location, order, value};
}
inline Op add(int location, int value, std::memory_order order)
{
    return {Op::Kind::add, location, order, value};
}
inline Op exchange(int location, int value, std::memory_order order)
{
    return {Op::Kind::exchange, location, order, value};
}
inline Op compare_exchange(int location, int expected, int value, std::memory_order order)
{
    return {Op::Kind::compare_exchange, location, order, value, expected};
}
inline Op wait(int location, int value, std::memory_order order)
{
    return {Op::Kind::wait, location, order, value};
}
inline Op fence(std::memory_order order)
{
    return {Op::Kind::fence, 0, order};
}

/// A program: what each thread does, in order. All locations are 0 at first.
struct Litmus {
    std::vector<std::vector<Op>> threads;
    bool observe_final_values = false;  ///< outcomes end with the last value of each location

    [[nodiscard]] int locations() const;
    [[nodiscard]] std::string text() const;
};

[[nodiscard]] constexpr std::memory_order failure_order_of(std::memory_order order) noexcept
{
    return order == std::memory_order_acq_rel   ? std::memory_order_acquire
           : order == std::memory_order_release ? std::memory_order_relaxed
                                                : order;
}

[[nodiscard]] constexpr bool reads(Op::Kind kind) noexcept
{
    return kind != Op::Kind::store && kind != Op::Kind::fence;
}

/// An execution as text: what each operation read and from where, and the modification orders. Two executions are the
/// same if and only if their texts are.
using Executions = std::set<std::string>;

/// Has the checker explore the program. Outcomes are the values that the reading operations returned, by thread and in
/// order; `executions`, if given, receives them all.
Result explore(const Litmus& litmus, Options options, Executions* executions = nullptr);

/// The executions that [intro.races] and [atomics.order] of C++20 allow, minus those with a cycle of sequenced-before
/// and reads-from; by trying all reads-from and modification orders, and all total orders of the seq_cst operations,
/// against the standard's sentences. Independent of the checker.
Executions allowed_executions(const Litmus& litmus);

}  // namespace pegplan::model
