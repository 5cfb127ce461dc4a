// What the litmus tables are checked with.
#pragma once

#include "litmus.hpp"

#include <doctest/doctest.h>

#include <initializer_list>

namespace pegplan::model {

inline constexpr std::memory_order relaxed = std::memory_order_relaxed;
inline constexpr std::memory_order acquire = std::memory_order_acquire;
inline constexpr std::memory_order release = std::memory_order_release;
inline constexpr std::memory_order acq_rel = std::memory_order_acq_rel;
inline constexpr std::memory_order seq_cst = std::memory_order_seq_cst;

inline constexpr std::memory_order load_orders[] = {relaxed, acquire, seq_cst};
inline constexpr std::memory_order store_orders[] = {relaxed, release, seq_cst};
inline constexpr std::memory_order all_orders[] = {relaxed, acquire, release, acq_rel, seq_cst};

inline constexpr int x = 0;
inline constexpr int y = 1;
inline constexpr int z = 2;

using Outcomes = std::set<Outcome>;

inline Outcomes outcomes_of(const Result& result)
{
    Outcomes outcomes;
    for (const auto& [outcome, count] : result.outcomes) {
        outcomes.insert(outcome);
    }
    return outcomes;
}

/// `strong`, which every program has, and `weak` where the orders allow it.
inline Outcomes either(Outcomes strong, bool weak_is_allowed, const Outcome& weak)
{
    if (weak_is_allowed) {
        strong.insert(weak);
    }
    return strong;
}

/// Adds to what the running test case has explored; printed at the end, for the README's table.
void count_program(const Result& result);

/// The outcomes are exactly the expected ones, whatever the search; the executions are those of the standard, and the
/// reduced search explores each once.
inline void verify(const Litmus& litmus, const Outcomes& expected)
{
    INFO(litmus.text());
    const Executions allowed = allowed_executions(litmus);
    for (const Search search : {Search::dpor, Search::states, Search::interleavings}) {
        Options options;
        options.search = search;
        Executions found;
        const Result result = explore(litmus, options, &found);
        REQUIRE(result.passed());
        REQUIRE(found == allowed);
        REQUIRE(outcomes_of(result) == expected);
        if (search == Search::dpor) {
            REQUIRE(result.executions == allowed.size());
            count_program(result);
        }
    }
}

}  // namespace pegplan::model
