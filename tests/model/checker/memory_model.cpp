// The memory model of C++20, computed on execution graphs.
#include "memory_model.hpp"

namespace pegplan::model {

namespace {

/// Orders of the two halves of a compare-exchange or other read-modify-write are those of the whole.
bool succeeds(const Request& request, const Value& value, bool spurious) noexcept
{
    if (request.modify == nullptr) {
        return false;
    }
    return !is_compare_exchange(request.operation) || (value == request.expected && !spurious);
}

/// An event with the thread's state so far, and itself in its clocks.
Event begin(const Graph& graph, int thread, EventKind kind, std::memory_order order, const Request& request)
{
    Event event;
    const int index = graph.size(thread);
    if (const Event* const last = graph.last(thread); last != nullptr) {
        event.happens_before = last->happens_before;
        event.causes = last->causes;
        event.acquirable = last->acquirable;
        event.fence_released = last->fence_released;
    }
    event.kind = kind;
    event.order = order;
    event.location = request.location;
    event.request = request;
    event.happens_before.set(thread, index + 1);
    event.causes.set(thread, index + 1);
    return event;
}

/// What the write releases. `sequence` is the write that a read-modify-write continues the release
/// sequences of.
void complete_store(Event& event, const Event* sequence) noexcept
{
    event.released = releases(event.order) ? event.happens_before : event.fence_released;
    if (sequence != nullptr) {
        event.released.join(sequence->released);
    }
}

}  // namespace

Value value_of(const Graph& graph, EventId write, const Value& initial) noexcept
{
    return write == initial_write ? initial : graph.event(write).written;
}

Event make_load(const Graph& graph, int thread, const Request& request, EventId source, const Value& value,
                bool spurious)
{
    const bool success = succeeds(request, value, spurious);
    const bool failed = is_compare_exchange(request.operation) && !success;
    Event event = begin(graph, thread, success ? EventKind::rmw_load : EventKind::load,
                        failed ? request.failure_order : request.order, request);
    event.source = source;
    event.read = value;
    event.spurious = spurious;
    if (source == initial_write) {
        return event;
    }
    const Event& write = graph.event(source);
    event.causes.join(write.causes);
    event.acquirable.join(write.released);
    if (acquires(event.order)) {
        event.happens_before.join(write.released);
    }
    return event;
}

Event make_store(const Graph& graph, int thread, const Request& request)
{
    Event event = begin(graph, thread, EventKind::store, request.order, request);
    event.written = request.operand;
    complete_store(event, nullptr);
    return event;
}

Event make_rmw_store(const Graph& graph, int thread)
{
    const Event& load = *graph.last(thread);
    Event event = begin(graph, thread, EventKind::rmw_store, load.order, load.request);
    event.written = load.request.modify(load.read, load.request.operand);
    complete_store(event, load.source == initial_write ? nullptr : &graph.event(load.source));
    return event;
}

Event make_fence(const Graph& graph, int thread, const Request& request)
{
    Event event = begin(graph, thread, EventKind::fence, request.order, request);
    if (acquires(event.order)) {
        event.happens_before.join(event.acquirable);
    }
    if (releases(event.order)) {
        event.fence_released = event.happens_before;
    }
    return event;
}

int first_visible(const Graph& graph, int thread, LocationId location) noexcept
{
    const Event* const last = graph.last(thread);
    if (last == nullptr) {
        return 0;
    }
    int position = 0;
    for (int other = 0; other < max_threads; ++other) {
        // Positions rise along program order, so the last access that is known decides.
        for (int index = last->happens_before[other] - 1; index >= 0; --index) {
            const Event& event = graph.event(other, index);
            if (event.is_access() && event.location == location) {
                const EventId write = event.is_load()
                                          ? event.source
                                          : EventId{static_cast<std::int16_t>(other), static_cast<std::int16_t>(index)};
                position = std::max(position, graph.position(location, write));
                break;
            }
        }
    }
    return position;
}

bool is_bound_to_next(const Graph& graph, LocationId location, int position) noexcept
{
    if (position >= graph.writes(location)) {
        return false;
    }
    return graph.event(graph.write_at(location, position + 1)).kind == EventKind::rmw_store;
}

Fingerprint fingerprint(const Graph& graph, const std::vector<std::uintptr_t>& addresses) noexcept
{
    Fingerprint result;
    const auto mix = [&result](std::uint64_t item) {
        constexpr std::uint64_t golden = 0x9e3779b97f4a7c15;
        constexpr std::uint64_t odd = 0xbf58476d1ce4e5b9;
        result.words[0] = (result.words[0] ^ item) * golden;
        result.words[0] ^= result.words[0] >> 29;
        result.words[1] = (result.words[1] + item + golden) * odd;
        result.words[1] ^= result.words[1] >> 32;
    };
    const auto mix_id = [&mix](EventId id) {
        mix(static_cast<std::uint64_t>(static_cast<std::uint16_t>(id.thread)) << 16 |
            static_cast<std::uint16_t>(id.index));
    };
    for (int thread = 0; thread < max_threads; ++thread) {
        mix(static_cast<std::uint64_t>(graph.size(thread)));
        for (int index = 0; index < graph.size(thread); ++index) {
            const Event& event = graph.event(thread, index);
            mix(static_cast<std::uint64_t>(event.kind) | (event.spurious ? 0x100U : 0U));
            if (event.is_access()) {
                mix(addresses[static_cast<std::size_t>(event.location)]);
            }
            if (event.is_load()) {
                mix_id(event.source);
            }
        }
    }
    // The sum over locations does not depend on the order in which they were first met.
    Fingerprint sum = result;
    for (LocationId location = 0; location < graph.locations(); ++location) {
        result = {};
        mix(addresses[static_cast<std::size_t>(location)]);
        for (int position = 1; position <= graph.writes(location); ++position) {
            mix_id(graph.write_at(location, position));
        }
        if (graph.writes(location) > 0) {
            sum.words[0] += result.words[0];
            sum.words[1] += result.words[1];
        }
    }
    return sum;
}

}  // namespace pegplan::model
