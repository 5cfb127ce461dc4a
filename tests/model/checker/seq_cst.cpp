// The total order S of the seq_cst operations: whether one exists.
//
// [atomics.order]/4 demands edges A -> B of S, where S contains accesses and fences:
//   - A strongly happens before B;
//   - a is coherence-ordered before b (atomic operations on one object), A is a or a fence that happens before a, B
//     is b or a fence that b happens before. (A and a, or B and b, are the same only where that access is seq_cst.)
// A path of happens-before strongly happens-before only if it begins and ends with sequenced-before: the release
// operation that it leaves the first thread by, and the acquire operation by which it enters the last, are not
// themselves ordered by it. (Where these two are both seq_cst and synchronize directly, they are ordered by the other
// condition already: the acquire side reads from the release side or what follows it.)
//
// S exists when the edges have no cycle. a is coherence-ordered before b exactly when a's place in modification order
// is before b's, where a load stands behind the write that it read and before the next one.
#include "memory_model.hpp"

#include <cstdint>
#include <limits>

namespace pegplan::model {

namespace {

/// Sets of seq_cst events.
using Set = std::uint64_t;
constexpr int most_nodes = most_seq_cst_events;
constexpr int most_accesses = max_threads * most_thread_events;
static_assert(most_nodes == std::numeric_limits<Set>::digits);

struct Node {
    EventId id;
    const Event* event;
};

struct Access {
    int place;   // twice the position in modification order, plus 1 for loads
    Set before;  // the nodes that stand before the access in S, if it is coherence-ordered before another
    Set behind;  // the nodes that stand behind it, if another is coherence-ordered before it
};

class SeqCstOrder {
public:
    explicit SeqCstOrder(const Graph& graph) noexcept : graph_{graph} { find_nodes(); }

    bool exists() noexcept
    {
        add_strong_edges();
        for (LocationId location = 0; location < graph_.locations(); ++location) {
            if (graph_.writes(location) > 0) {
                add_coherence_edges(location);
            }
        }
        return is_acyclic();
    }

private:
    static Set bit(int node) noexcept { return Set{1} << node; }

    void find_nodes() noexcept
    {
        for (int thread = 0; thread < max_threads; ++thread) {
            for (int index = 0; index < graph_.size(thread); ++index) {
                const Event& event = graph_.event(thread, index);
                if (event.is_seq_cst()) {
                    nodes_[count_++] = {{static_cast<std::int16_t>(thread), static_cast<std::int16_t>(index)}, &event};
                }
            }
        }
    }

    void add_strong_edges() noexcept
    {
        for (int later = 0; later < count_; ++later) {
            for (int earlier = 0; earlier < count_; ++earlier) {
                const EventId from = nodes_[earlier].id;
                const EventId to = nodes_[later].id;
                if (from.thread == to.thread ? from.index < to.index : strongly_happens_before(from, to)) {
                    edges_[earlier] |= bit(later);
                }
            }
        }
    }

    /// Of events of different threads.
    bool strongly_happens_before(EventId from, EventId to) const noexcept
    {
        const int entry = first_half(to) - 1;  // the last event sequenced before the operation
        const int known = entry < 0 ? 0 : graph_.event(to.thread, entry).happens_before[from.thread];
        return known > 0 && from.index < first_half({from.thread, static_cast<std::int16_t>(known - 1)});
    }

    /// The index at which the event's operation begins.
    int first_half(EventId id) const noexcept
    {
        return graph_.event(id).kind == EventKind::rmw_store ? id.index - 1 : id.index;
    }

    void add_coherence_edges(LocationId location) noexcept
    {
        int count = 0;
        for (int thread = 0; thread < max_threads; ++thread) {
            for (int index = 0; index < graph_.size(thread); ++index) {
                const Event& event = graph_.event(thread, index);
                if (event.is_access() && event.location == location) {
                    accesses_[count++] =
                        describe({static_cast<std::int16_t>(thread), static_cast<std::int16_t>(index)}, event);
                }
            }
        }
        for (int first = 0; first < count; ++first) {
            Set behind = 0;
            if (accesses_[first].before == 0) {
                continue;
            }
            for (int second = 0; second < count; ++second) {
                if (accesses_[first].place < accesses_[second].place) {
                    behind |= accesses_[second].behind;
                }
            }
            for (Set left = accesses_[first].before; left != 0; left &= left - 1) {
                edges_[__builtin_ctzll(left)] |= behind;
            }
        }
    }

    Access describe(EventId id, const Event& event) const noexcept
    {
        const EventId write = event.is_load() ? event.source : id;
        Access access{2 * graph_.position(event.location, write) + (event.is_load() ? 1 : 0), 0, 0};
        for (int node = 0; node < count_; ++node) {
            const EventId other = nodes_[node].id;
            if (other == id) {
                access.before |= bit(node);
                access.behind |= bit(node);
            } else if (nodes_[node].event->kind == EventKind::fence) {
                if (event.happens_before.contains(other.thread, other.index)) {
                    access.before |= bit(node);
                }
                if (nodes_[node].event->happens_before.contains(id.thread, id.index)) {
                    access.behind |= bit(node);
                }
            }
        }
        return access;
    }

    /// Takes out nodes that have no edge to a node that is left, until none is left or none can be taken.
    bool is_acyclic() const noexcept
    {
        Set left = count_ == most_nodes ? ~Set{0} : bit(count_) - 1;
        for (bool progress = true; progress && left != 0;) {
            progress = false;
            for (Set candidates = left; candidates != 0; candidates &= candidates - 1) {
                const int node = __builtin_ctzll(candidates);
                if ((edges_[node] & left) == 0) {
                    left &= ~bit(node);
                    progress = true;
                }
            }
        }
        return left == 0;
    }

    const Graph& graph_;
    Node nodes_[most_nodes];
    Set edges_[most_nodes]{};
    Access accesses_[most_accesses];
    int count_ = 0;
};

}  // namespace

bool has_seq_cst_order(const Graph& graph) noexcept
{
    return graph.seq_cst_events() < 2 || SeqCstOrder{graph}.exists();
}

}  // namespace pegplan::model
