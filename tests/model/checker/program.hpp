// What a model test says to the checker, and what it gets back.
//
//     const Result result = explore({}, [](Scenario& scenario) {
//         struct State {
//             ModelAtomics::atomic<int> flag{0};
//             ModelAtomics::plain<int> data{0};
//         };
//         State& state = scenario.make<State>();
//         scenario.thread("writer", [&] { state.data.write() = 1; state.flag.store(1, std::memory_order_release); });
//         scenario.thread("reader", [&] { ... check(state.data.read() == 1, "the message has arrived"); });
//         scenario.finally([&] { observe(...); });
//     });
//
// The function is called anew for each execution, and so are the threads' functions: what they do may depend on nothing
// but what they read. They must not own memory or throw, because the checker leaves them standing where an
// execution ends early.
#pragma once

#include "graph.hpp"
#include "memory_model.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <new>
#include <optional>
#include <set>
#include <source_location>
#include <string>
#include <utility>
#include <vector>

namespace pegplan::model {

/// One place in the source that gives a memory order. Compare-exchanges are two: where they succeed, and where they
/// fail.
struct Site {
    std::string file;
    unsigned line = 0;
    unsigned column = 0;
    std::string function;  ///< its bare name
    Operation operation = Operation::fence;
    bool on_failure = false;
    std::memory_order order = std::memory_order_relaxed;
    std::string object;  ///< as the source line calls it

    /// E.g. "unlock: serving_.store release".
    [[nodiscard]] std::string text() const;
};

/// Makes one site use another order.
struct Weakening {
    Site site;
    std::memory_order order = std::memory_order_relaxed;
};

/// The sites that an exploration came across.
class Sites {
public:
    void record(const Request& request, bool on_failure);
    /// In the order of the source.
    [[nodiscard]] std::vector<Site> all() const;

private:
    std::map<std::pair<const void*, std::pair<unsigned, unsigned>>, std::vector<std::pair<Request, bool>>> found_;
};

enum class Search : std::uint8_t {
    /// Each consistent execution graph once: optimal dynamic partial order reduction.
    dpor,
    /// All interleavings, but no state twice. With a preemption bound: all that need no more preemptions.
    states,
    /// All interleavings, nothing left out: for the calibration of the others.
    interleavings,
};

inline constexpr int unbounded = -1;

struct Options {
    Search search = Search::dpor;
    /// How often a schedule may switch away from a thread that could go on. A bound makes `dpor` into `states`.
    int preemption_bound = unbounded;
    /// A thread that does more is said to spin without bound.
    int max_thread_events = 100;
    /// How often a thread may say `pause` in loops that the checker cannot cut short.
    int max_pauses = 8;
    /// How often a thread's weak compare-exchanges may fail although they could succeed.
    int max_spurious_failures = 0;
    /// The exploration gives up, `Result::complete` being false, when it has seen this many; 0: never.
    std::uint64_t max_executions = 0;
    std::optional<Weakening> weakening;
    Sites* sites = nullptr;
    /// Called with each complete execution, for tests of the checker.
    std::function<void(const Graph&)> on_execution;
    bool collect_fingerprints = false;
    bool report_deadlocks = true;  ///< else they are only counted
};

enum class FailureKind : std::uint8_t {
    assertion,           ///< `check` or a kernel invariant does not hold
    data_race,           ///< conflicting accesses to a plain variable, unordered
    deadlock,            ///< threads wait for what nobody will do any more
    unbounded_spinning,  ///< a thread goes round a loop for ever
    lifetime,            ///< access to an atomic object before its construction, or after its destruction
    not_deterministic,   ///< the test program did something else when it was run again
    limit,               ///< the program is too large
};

std::string_view name_of(FailureKind kind) noexcept;

struct Failure {
    FailureKind kind;
    std::string message;
    std::string trace;  ///< the execution, step by step
};

using Outcome = std::vector<long long>;

struct Result {
    std::optional<Failure> failure;             ///< the exploration ends at the first
    bool complete = false;                      ///< everything was explored
    std::uint64_t executions = 0;               ///< in which every thread came to its end
    std::uint64_t blocked = 0;                  ///< in which a thread waits for what it sees in other executions
    std::uint64_t deadlocks = 0;                ///< in which no thread will ever go on
    std::uint64_t runs = 0;                     ///< of the test program, replays included
    std::uint64_t duplicates = 0;               ///< executions seen before (with `collect_fingerprints`)
    int longest = 0;                            ///< events in the longest execution
    std::map<Outcome, std::uint64_t> outcomes;  ///< what `observe` was given, and how often
    std::set<Fingerprint> fingerprints;         ///< with `collect_fingerprints`

    [[nodiscard]] bool passed() const noexcept { return complete && !failure.has_value(); }
};

/// What one execution consists of.
class Scenario {
public:
    /// The state that the threads share: built for each execution, always in the same place.
    template <class State, class... Arguments>
    State& make(Arguments&&... arguments)
    {
        void* const place = allocate(sizeof(State), alignof(State));
        State* const state = new (place) State(std::forward<Arguments>(arguments)...);
        destructors_.push_back([state] { state->~State(); });
        return *state;
    }

    /// Adds a logical thread. At most `max_threads`.
    void thread(std::string_view name, std::function<void()> body);

    /// Runs when all threads have ended, after everything they did.
    void finally(std::function<void()> body) { finally_ = std::move(body); }

    /// Calls the atomic objects inside of `object` by this name in traces.
    template <class T>
    void name(const T& object, std::string_view name)
    {
        regions_.push_back({reinterpret_cast<std::uintptr_t>(&object), sizeof(T), std::string{name}});
    }

private:
    friend class Run;
    friend class TracePrinter;

    struct Region {
        std::uintptr_t begin;
        std::size_t size;
        std::string name;
    };

    void* allocate(std::size_t size, std::size_t alignment);
    void clear() noexcept;

    std::vector<std::string> names_;
    std::vector<std::function<void()>> bodies_;
    std::function<void()> finally_;
    std::vector<std::function<void()>> destructors_;
    std::vector<Region> regions_;
    std::size_t used_ = 0;
};

using Program = std::function<void(Scenario&)>;

/// Explores the executions of a program.
Result explore(const Options& options, const Program& program);

// ---- for the functions of a program ---------------------------------------------------------------------------------

/// Fails the execution unless `holds`.
void check(bool holds, std::string_view message, std::source_location where = std::source_location::current());

/// Adds to the outcome of the execution.
void observe(long long value);

}  // namespace pegplan::model
