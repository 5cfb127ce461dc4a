// Optimal dynamic partial order reduction on execution graphs: each consistent graph is explored exactly once.
//
// After Kokologiannakis, Marmanis, Gladstein and Vafeiadis, "Truly stateless, optimal dynamic partial order
// reduction", POPL 2022 (TruSt). A run extends one graph, an event at a time, until the threads have ended. Where a
// load could read several writes, or a store stand in several places, the run goes on with one of them, and the
// others are put on the work list. A new store may also be what an earlier load reads: that load is revisited. The
// new graph keeps what was added before the load and what the store depends on; all else is deleted, to be added
// again behind the revisited load. So that no graph is reached twice, a revisit happens only from the one graph in
// which everything that it deletes was added in the standard way: loads reading, and stores standing, last in
// modification order at that time.
#include "search.hpp"

namespace pegplan::model {

Result Dpor::explore()
{
    work_.emplace_back();
    while (!work_.empty()) {
        graph_ = std::move(work_.back());
        work_.pop_back();
        execute();
        if (!go_on()) {
            return std::move(result_);
        }
    }
    result_.complete = true;
    return std::move(result_);
}

void Dpor::execute()
{
    run_.begin(graph_);
    last_thread_ = 0;
    dead_end_ = false;
    if (!replay()) {
        return;
    }
    while (extend()) {
    }
    if (run_.failed() || dead_end_) {
        return;
    }
    if (run_.all_finished()) {
        conclude();
    } else {
        ++result_.blocked;
        conclude_deadlock();
    }
}

/// Runs the threads through the events that the graph has already.
bool Dpor::replay()
{
    for (bool progress = true; progress && !run_.failed();) {
        progress = false;
        for (int thread = 0; thread < run_.threads() && !run_.failed(); ++thread) {
            while (run_.can_step(thread) && !run_.failed()) {
                run_.step(thread);
                progress = true;
            }
        }
    }
    for (int thread = 0; thread < run_.threads() && !run_.failed(); ++thread) {
        if (run_.executed(thread) != graph_.size(thread)) {
            run_.fail(FailureKind::not_deterministic, "a thread does less than in an earlier run of the same execution",
                      std::source_location::current());
        }
    }
    return !run_.failed();
}

/// Adds one event. False: there is none, or the graph is a dead end.
bool Dpor::extend()
{
    const int thread = next_thread();
    if (thread < 0 || run_.failed()) {
        return false;
    }
    last_thread_ = thread;
    const Request& request = run_.request(thread);
    if (run_.is_half_done(thread) || is_store(request)) {
        add_store(thread);
        if (dead_end_) {
            return false;
        }
    } else if (is_fence(request)) {
        graph_.add(thread, make_fence(graph_, thread, request));
    } else {
        add_load(thread);
    }
    run_.step(thread);
    return !run_.failed();
}

/// Store halves first. Then whoever does not wait; it saves executions that end with a thread waiting.
int Dpor::next_thread() const
{
    for (int thread = 0; thread < run_.threads(); ++thread) {
        if (run_.is_pending(thread) && run_.is_half_done(thread)) {
            return thread;
        }
    }
    int waiting = -1;
    for (int distance = 0; distance < run_.threads(); ++distance) {
        const int thread = (last_thread_ + distance) % run_.threads();
        if (!run_.is_pending(thread)) {
            continue;
        }
        if (run_.request(thread).holds == nullptr) {
            return thread;
        }
        if (waiting < 0 && !waits_in_vain(thread)) {
            waiting = thread;
        }
    }
    return waiting;
}

/// Puts the graph with another next event of the thread on the work list.
void Dpor::push(int thread, const Event& event)
{
    graph_.add(thread, event);
    work_.push_back(graph_);
    graph_.remove_last(thread);
}

void Dpor::add_load(int thread)
{
    const Request request = run_.request(thread);
    const int last = graph_.writes(request.location);
    loads(thread, choices_);
    bool is_first = true;
    Event first;
    for (auto choice = choices_.rbegin(); choice != choices_.rend(); ++choice) {
        // Of the values that are not waited for, the last one is enough: whatever revisits the load starts from it.
        if (request.holds != nullptr && choice->position != last && !is_satisfied_by(request, choice->position)) {
            continue;
        }
        const Event event = load_by(thread, request, *choice);
        if (event.kind == EventKind::rmw_load && is_bound_to_next(graph_, request.location, choice->position)) {
            // Another read-modify-write has read this write already. It may read from this one instead.
            Graph both = graph_;
            both.add(thread, event);
            revisit_loads(both, thread, make_rmw_store(both, thread));
        } else if (is_first) {
            is_first = false;
            first = event;
        } else {
            push(thread, event);
        }
    }
    graph_.add(thread, first);
}

void Dpor::add_store(int thread)
{
    const LocationId location = run_.request(thread).location;
    const Event event =
        run_.is_half_done(thread) ? make_rmw_store(graph_, thread) : make_store(graph_, thread, run_.request(thread));
    revisit_loads(graph_, thread, event);
    stores(thread, choices_);
    // A store half may have no place: another read-modify-write has read the same write, and got its store half, or the
    // place contradicts the seq_cst order. The graph has then served to revisit loads, and no more.
    dead_end_ = choices_.empty();
    for (std::size_t index = 0; index < choices_.size(); ++index) {
        const int position = choices_[index].position;
        graph_.place(location, position, graph_.add(thread, event));
        if (index + 1 < choices_.size()) {
            work_.push_back(graph_);
            graph_.remove_from_order(location, position + 1);
            graph_.remove_last(thread);
        }
    }
}

/// `store` is about to be added to the graph: finds the loads that may read it instead of what they read.
void Dpor::revisit_loads(const Graph& graph, int thread, const Event& store)
{
    for (int other = 0; other < max_threads; ++other) {
        for (int index = store.causes[other]; index < graph.size(other); ++index) {
            const Event& load = graph.event(other, index);
            if (load.is_load() && load.location == store.location) {
                revisit(graph, {static_cast<std::int16_t>(other), static_cast<std::int16_t>(index)}, thread, store);
            }
        }
    }
}

void Dpor::revisit(const Graph& graph, EventId load, int thread, const Event& store)
{
    const std::uint32_t stamp = graph.event(load).stamp;
    Clock keep = store.causes;
    keep.set(thread, graph.size(thread));
    for (int other = 0; other < max_threads; ++other) {
        for (int index = keep[other]; index < graph.size(other); ++index) {
            if (graph.event(other, index).stamp < stamp) {
                keep.raise(other, index + 1);
            } else if (!is_added_maximally(graph, {static_cast<std::int16_t>(other), static_cast<std::int16_t>(index)},
                                           store)) {
                return;
            }
        }
    }

    Graph kept = graph.prefix(keep);
    const LocationId location = store.location;
    const Request request = graph.event(load).request;
    const bool second_half = store.kind == EventKind::rmw_store;
    const int source = second_half ? kept.position(location, kept.last(thread)->source) : 0;
    const int first = std::max(second_half ? source : first_visible(kept, thread, location),
                               first_visible(kept, load.thread, location));
    const int last = second_half ? source : kept.writes(location);
    const bool may_fail = request.operation == Operation::compare_exchange_weak && store.written == request.expected;
    int spurious_before = 0;
    for (int index = 0; index < load.index; ++index) {
        spurious_before += kept.event(load.thread, index).spurious ? 1 : 0;
    }
    for (int position = first; position <= last; ++position) {
        if (is_bound_to_next(kept, location, position)) {
            continue;
        }
        const EventId id = kept.add(thread, store);
        kept.place(location, position, id);
        for (const bool spurious : {false, true}) {
            if (spurious && (!may_fail || spurious_before >= options_.max_spurious_failures)) {
                continue;
            }
            Event again = make_load(kept, load.thread, request, id, store.written, spurious);
            again.stamp = stamp;
            kept.add_stamped(load.thread, again);
            if (has_seq_cst_order(kept)) {
                work_.push_back(kept);
            }
            kept.remove_last(load.thread);
        }
        kept.remove_from_order(location, position + 1);
        kept.remove_last(thread);
    }
}

/// Whether the event, which a revisit by `store` would delete, was added in the standard way: judged by the events that
/// were there at that time or that the store depends on.
bool Dpor::is_added_maximally(const Graph& graph, EventId id, const Event& store)
{
    const Event& event = graph.event(id);
    const auto is_previous = [&](EventId other) {
        return other == initial_write || store.causes.contains(other.thread, other.index) ||
               graph.event(other).stamp <= event.stamp;
    };
    if (!event.is_access()) {
        return true;
    }
    if (event.spurious) {
        return false;
    }
    if (event.is_store()) {
        for (int other = 0; other < max_threads; ++other) {
            for (int index = 0; index < graph.size(other); ++index) {
                const Event& reader = graph.event(other, index);
                const EventId reader_id{static_cast<std::int16_t>(other), static_cast<std::int16_t>(index)};
                if (reader.is_load() && reader.source == id && is_previous(reader_id)) {
                    return false;  // it was added to be read by that load
                }
            }
        }
    }
    const EventId write = event.is_load() ? event.source : id;
    if (!is_previous(write)) {
        return false;
    }
    for (int position = graph.position(event.location, write) + 1; position <= graph.writes(event.location);
         ++position) {
        if (is_previous(graph.write_at(event.location, position))) {
            return false;
        }
    }
    return true;
}

}  // namespace pegplan::model
