// The memory model of C++20 ([intro.races], [atomics.order]), computed on execution graphs.
//
// Events are added one at a time, each after everything that it depends on: the union of program order and reads-from
// is acyclic, as it is on hardware for code with dependencies, and in RC11 for all code (Lahav, Vafeiadis, Kang, Hur,
// Dreyer, "Repairing sequential consistency in C/C++11", PLDI 2017). That leaves out load buffering of relaxed
// accesses, which C++20 allows; everything else is exact:
//
//   happens-before      sequenced-before and synchronizes-with, transitively, as vector clocks; release sequences as
//                       in C++20 (read-modify-writes only), fences of every order;
//   coherence           a load reads, and a store is placed, no earlier in modification order than any access that
//                       happens before it; stores may be placed before others that were executed earlier;
//   atomicity           the store of a read-modify-write stands right behind the write that its load read;
//   seq_cst             the total order S of [atomics.order]/4 exists: strongly-happens-before and the four conditions
//                       on coherence-ordered pairs have no cycle.
#pragma once

#include "graph.hpp"

namespace pegplan::model {

/// What a graph may consist of; more is far past what can be explored.
inline constexpr int most_thread_events = 256;
inline constexpr int most_seq_cst_events = 64;

constexpr bool acquires(std::memory_order order) noexcept
{
    return order == std::memory_order_acquire || order == std::memory_order_consume ||
           order == std::memory_order_acq_rel || order == std::memory_order_seq_cst;
}

constexpr bool releases(std::memory_order order) noexcept
{
    return order == std::memory_order_release || order == std::memory_order_acq_rel ||
           order == std::memory_order_seq_cst;
}

/// The value that a write left, `initial` being the location's initial one.
Value value_of(const Graph& graph, EventId write, const Value& initial) noexcept;

/// The next event of a thread: the load that `request` (or its first half) does when it reads `value` from `source`.
/// Whether a compare-exchange fails depends on the value; a weak one may be told to fail.
Event make_load(const Graph& graph, int thread, const Request& request, EventId source, const Value& value,
                bool spurious = false);

/// The next event of a thread: a plain store.
Event make_store(const Graph& graph, int thread, const Request& request);

/// The next event of a thread whose last one is the load half of a read-modify-write: the store half.
Event make_rmw_store(const Graph& graph, int thread);

/// The next event of a thread: a fence.
Event make_fence(const Graph& graph, int thread, const Request& request);

/// The first position in modification order that the thread's next access may read from or be placed behind.
int first_visible(const Graph& graph, int thread, LocationId location) noexcept;

/// Whether the write at `position` is followed by the store half of a read-modify-write that read it: nothing may come
/// between them.
bool is_bound_to_next(const Graph& graph, LocationId location, int position) noexcept;

/// Whether a total order of the seq_cst operations exists.
bool has_seq_cst_order(const Graph& graph) noexcept;

/// A hash of what makes two executions equal: the events, whom each read, the modification orders. `addresses[l]`
/// names location l.
struct Fingerprint {
    std::uint64_t words[2] = {0, 0};
    auto operator<=>(const Fingerprint&) const noexcept = default;
};
Fingerprint fingerprint(const Graph& graph, const std::vector<std::uintptr_t>& addresses) noexcept;

}  // namespace pegplan::model
