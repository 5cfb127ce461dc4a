// Litmus programs on the checker.
#include "litmus.hpp"

#include "tests/model/model_atomics.hpp"

#include <array>
#include <sstream>

namespace pegplan::model {

namespace {

using Kind = Op::Kind;

struct State {
    std::array<ModelAtomics::atomic<int>, most_locations> locations;
    std::array<std::array<int, most_ops>, max_threads> read{};
};

void perform(const Op& op, State& state, int& read)
{
    ModelAtomics::atomic<int>& object = state.locations[static_cast<std::size_t>(op.location)];
    const std::memory_order failure = failure_order_of(op.order);
    switch (op.kind) {
    case Kind::load: read = object.load(op.order); break;
    case Kind::store: object.store(op.value, op.order); break;
    case Kind::add: read = object.fetch_add(op.value, op.order); break;
    case Kind::exchange: read = object.exchange(op.value, op.order); break;
    case Kind::compare_exchange:
        read = op.expected;
        object.compare_exchange_strong(read, op.value, op.order, failure);
        break;
    case Kind::compare_exchange_weak:
        read = op.expected;
        object.compare_exchange_weak(read, op.value, op.order, failure);
        break;
    case Kind::wait:
        read = ModelAtomics::wait_until(object, op.order, [&op](int value) { return value == op.value; });
        break;
    case Kind::fence: ModelAtomics::fence(op.order); break;
    }
}

/// The operations of a graph's events: read-modify-writes have two events, relaxed fences none.
std::vector<int> ops_of_events(const Graph& graph, int thread, const std::vector<Op>& ops)
{
    std::vector<int> result;
    int op = 0;
    for (int index = 0; index < graph.size(thread); ++index) {
        while (ops[static_cast<std::size_t>(op)].kind == Kind::fence &&
               ops[static_cast<std::size_t>(op)].order == std::memory_order_relaxed) {
            ++op;
        }
        result.push_back(op);
        op += graph.event(thread, index).kind == EventKind::rmw_load ? 0 : 1;
    }
    return result;
}

std::string describe(const Graph& graph, const Litmus& litmus)
{
    std::vector<std::vector<int>> ops;
    for (std::size_t thread = 0; thread < litmus.threads.size(); ++thread) {
        ops.push_back(ops_of_events(graph, static_cast<int>(thread), litmus.threads[thread]));
    }
    const auto name = [&](EventId id) {
        return id == initial_write
                   ? std::string{"-"}
                   : std::to_string(id.thread) + "." +
                         std::to_string(ops[static_cast<std::size_t>(id.thread)][static_cast<std::size_t>(id.index)]);
    };
    std::string text;
    std::vector<std::string> orders(most_locations);
    for (int thread = 0; thread < static_cast<int>(ops.size()); ++thread) {
        for (int index = 0; index < graph.size(thread); ++index) {
            const Event& event = graph.event(thread, index);
            const EventId id{static_cast<std::int16_t>(thread), static_cast<std::int16_t>(index)};
            if (event.is_load()) {
                text += name(id) + (event.spurious ? "!" : "") + "<" + name(event.source) + " ";
            }
        }
    }
    for (LocationId location = 0; location < graph.locations(); ++location) {
        text += "|";
        for (int position = 1; position <= graph.writes(location); ++position) {
            text += name(graph.write_at(location, position)) + " ";
        }
    }
    for (int location = graph.locations(); location < most_locations; ++location) {
        text += "|";
    }
    return text;
}

}  // namespace

int Litmus::locations() const
{
    int count = 0;
    for (const std::vector<Op>& thread : threads) {
        for (const Op& op : thread) {
            count = std::max(count, op.location + 1);
        }
    }
    return count;
}

std::string Litmus::text() const
{
    constexpr std::string_view names[] = {"load", "store", "add", "exchange", "cas", "cas_weak", "wait", "fence"};
    std::ostringstream text;
    for (const std::vector<Op>& thread : threads) {
        for (const Op& op : thread) {
            text << names[static_cast<std::size_t>(op.kind)];
            if (op.kind != Kind::fence) {
                text << " " << "xyz"[op.location];
            }
            if (op.kind == Kind::compare_exchange || op.kind == Kind::compare_exchange_weak) {
                text << " " << op.expected;
            }
            if (op.kind != Kind::fence && op.kind != Kind::load) {
                text << " " << op.value;
            }
            text << " " << name_of(op.order) << "; ";
        }
        text << "\n";
    }
    return text.str();
}

Result explore(const Litmus& litmus, Options options, Executions* executions)
{
    if (executions != nullptr) {
        options.on_execution = [&litmus, executions](const Graph& graph) {
            executions->insert(describe(graph, litmus));
        };
    }
    return explore(options, [&litmus](Scenario& scenario) {
        State& state = scenario.make<State>();
        scenario.name(state, "locations");
        for (std::size_t thread = 0; thread < litmus.threads.size(); ++thread) {
            scenario.thread(std::string(1, static_cast<char>('A' + thread)), [&litmus, &state, thread] {
                for (std::size_t index = 0; index < litmus.threads[thread].size(); ++index) {
                    perform(litmus.threads[thread][index], state, state.read[thread][index]);
                }
            });
        }
        scenario.finally([&litmus, &state] {
            for (std::size_t thread = 0; thread < litmus.threads.size(); ++thread) {
                for (std::size_t index = 0; index < litmus.threads[thread].size(); ++index) {
                    if (reads(litmus.threads[thread][index].kind)) {
                        observe(state.read[thread][index]);
                    }
                }
            }
            if (litmus.observe_final_values) {
                for (int location = 0; location < litmus.locations(); ++location) {
                    observe(state.locations[static_cast<std::size_t>(location)].load());
                }
            }
        });
    });
}

}  // namespace pegplan::model
