// An execution graph: what each thread did, which write each read got its value from, and in which order the writes of
// each location stand. Everything else (happens-before, consistency) follows from these three; memory_model.hpp
// computes it.
//
// A read-modify-write is two neighbouring events, the load and the store, which the memory model keeps adjacent.
#pragma once

#include "clock.hpp"
#include "value.hpp"

#include <atomic>
#include <cstdint>
#include <source_location>
#include <string_view>
#include <vector>

namespace pegplan::model {

using LocationId = std::int32_t;
inline constexpr LocationId no_location = -1;

/// An event by its thread and its place in it. The initial value of every location is written by `initial_write`.
struct EventId {
    std::int16_t thread = -1;
    std::int16_t index = 0;

    bool operator==(const EventId&) const noexcept = default;
};

inline constexpr EventId initial_write{};

enum class EventKind : std::uint8_t { load, store, rmw_load, rmw_store, fence };

enum class Operation : std::uint8_t {
    load,
    wait_until,
    store,
    exchange,
    fetch_add,
    fetch_sub,
    fetch_and,
    fetch_or,
    fetch_xor,
    compare_exchange_strong,
    compare_exchange_weak,
    fence,
};

std::string_view name_of(Operation operation) noexcept;
std::string_view name_of(std::memory_order order) noexcept;

constexpr bool is_compare_exchange(Operation operation) noexcept
{
    return operation == Operation::compare_exchange_strong || operation == Operation::compare_exchange_weak;
}

/// What a thread asks of the memory. Remains valid after the thread has gone on, but for `context`.
struct Request {
    Operation operation = Operation::fence;
    Format format = Format::unsigned_number;
    std::memory_order order = std::memory_order_relaxed;
    std::memory_order failure_order = std::memory_order_relaxed;  ///< of compare-exchange
    LocationId location = no_location;
    Value operand;
    Value expected;  ///< of compare-exchange
    /// Of read-modify-writes: the value to write.
    Value (*modify)(const Value& old, const Value& operand) = nullptr;
    /// Of wait_until: whether the value is one that is waited for.
    bool (*holds)(const void* context, const Value& value) = nullptr;
    const void* context = nullptr;
    std::source_location where;
};

struct Event {
    EventKind kind = EventKind::fence;
    std::memory_order order = std::memory_order_relaxed;
    bool spurious = false;  ///< a weak compare-exchange that failed though the value was the expected one
    EventId source;         ///< of loads: the write that was read
    LocationId location = no_location;
    std::uint32_t stamp = 0;  ///< when it was added to the graph
    Value read;
    Value written;
    Request request;

    // Computed by the memory model.
    Clock happens_before;  ///< inclusive of the event
    Clock causes;          ///< likewise, by program order and reads-from, whatever the orders
    Clock released;        ///< of writes: what a reader that acquires learns
    Clock acquirable;      ///< what an acquire fence behind the event would learn
    Clock fence_released;  ///< what the last release fence of the thread released

    [[nodiscard]] bool is_load() const noexcept { return kind == EventKind::load || kind == EventKind::rmw_load; }
    [[nodiscard]] bool is_store() const noexcept { return kind == EventKind::store || kind == EventKind::rmw_store; }
    [[nodiscard]] bool is_access() const noexcept { return kind != EventKind::fence; }
    [[nodiscard]] bool is_seq_cst() const noexcept { return order == std::memory_order_seq_cst; }
};

class Graph {
public:
    [[nodiscard]] int size(int thread) const noexcept { return static_cast<int>(events_[thread].size()); }
    [[nodiscard]] int size() const noexcept
    {
        int total = 0;
        for (int thread = 0; thread < max_threads; ++thread) {
            total += size(thread);
        }
        return total;
    }

    [[nodiscard]] int seq_cst_events() const noexcept { return seq_cst_events_; }

    [[nodiscard]] const Event& event(EventId id) const noexcept
    {
        return events_[id.thread][static_cast<std::size_t>(id.index)];
    }
    [[nodiscard]] const Event& event(int thread, int index) const noexcept
    {
        return events_[thread][static_cast<std::size_t>(index)];
    }
    [[nodiscard]] const Event* last(int thread) const noexcept
    {
        return events_[thread].empty() ? nullptr : &events_[thread].back();
    }

    /// Appends to a thread and gives the event its stamp.
    EventId add(int thread, const Event& event)
    {
        add_stamped(thread, event);
        events_[thread].back().stamp = next_stamp_++;
        return {static_cast<std::int16_t>(thread), static_cast<std::int16_t>(size(thread) - 1)};
    }

    /// Appends an event that keeps the stamp it was given earlier.
    void add_stamped(int thread, const Event& event)
    {
        events_[thread].push_back(event);
        seq_cst_events_ += event.is_seq_cst() ? 1 : 0;
    }

    void remove_last(int thread) noexcept
    {
        seq_cst_events_ -= events_[thread].back().is_seq_cst() ? 1 : 0;
        events_[thread].pop_back();
    }

    // ---- modification order: position 0 is the initial value, position n the n-th write -------------------------

    [[nodiscard]] int writes(LocationId location) const noexcept
    {
        const auto index = static_cast<std::size_t>(location);
        return index < modification_order_.size() ? static_cast<int>(modification_order_[index].size()) : 0;
    }

    [[nodiscard]] EventId write_at(LocationId location, int position) const noexcept
    {
        return position == 0
                   ? initial_write
                   : modification_order_[static_cast<std::size_t>(location)][static_cast<std::size_t>(position - 1)];
    }

    [[nodiscard]] int position(LocationId location, EventId write) const noexcept
    {
        if (write == initial_write) {
            return 0;
        }
        const std::vector<EventId>& order = modification_order_[static_cast<std::size_t>(location)];
        int position = 1;
        while (!(order[static_cast<std::size_t>(position - 1)] == write)) {
            ++position;
        }
        return position;
    }

    /// Puts a write right behind `position`.
    void place(LocationId location, int position, EventId write)
    {
        const auto index = static_cast<std::size_t>(location);
        if (index >= modification_order_.size()) {
            modification_order_.resize(index + 1);
        }
        std::vector<EventId>& order = modification_order_[index];
        order.insert(order.begin() + position, write);
    }

    void remove_from_order(LocationId location, int position) noexcept
    {
        std::vector<EventId>& order = modification_order_[static_cast<std::size_t>(location)];
        order.erase(order.begin() + (position - 1));
    }

    [[nodiscard]] int locations() const noexcept { return static_cast<int>(modification_order_.size()); }

    /// The part of the graph that consists of the first `keep[t]` events of each thread t.
    [[nodiscard]] Graph prefix(const Clock& keep) const
    {
        Graph result;
        result.next_stamp_ = next_stamp_;
        for (int thread = 0; thread < max_threads; ++thread) {
            result.events_[thread].reserve(events_[thread].size() + 1);
            for (int index = 0; index < keep[thread]; ++index) {
                result.add_stamped(thread, event(thread, index));
            }
        }
        result.modification_order_.resize(modification_order_.size());
        for (std::size_t location = 0; location < modification_order_.size(); ++location) {
            for (const EventId write : modification_order_[location]) {
                if (keep.contains(write.thread, write.index)) {
                    result.modification_order_[location].push_back(write);
                }
            }
        }
        return result;
    }

private:
    std::vector<Event> events_[max_threads];
    std::vector<std::vector<EventId>> modification_order_;
    std::uint32_t next_stamp_ = 0;
    int seq_cst_events_ = 0;
};

}  // namespace pegplan::model
