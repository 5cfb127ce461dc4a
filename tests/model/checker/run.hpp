// One run of a test program: its threads as fibers, which stop before each atomic operation until the search has put
// the operation's event into the execution graph.
//
// The same events, replayed in any order in which each comes after its causes, make every thread do the same again:
// this is how the search comes back to an earlier graph.
#pragma once

#include "fiber.hpp"
#include "program.hpp"

#include <array>
#include <unordered_map>

namespace pegplan::model {

/// Who accessed a plain variable last, for the detection of data races.
struct PlainState {
    int writer = -1;         ///< -1: the set-up
    int written_before = 0;  ///< index of the writer's next event
    std::source_location written_at;
    std::array<int, max_threads> read_before{-1, -1, -1, -1};  ///< likewise, of each reader
    std::array<std::source_location, max_threads> read_at;
};

/// For traces: what a plain variable holds, if that can be shown.
struct PlainValue {
    Value value{};
    Format format = Format::bytes;
    bool is_known = false;
};

struct Reply {
    Value read;
    bool stored = false;
};

struct LogEntry {
    enum class Kind : std::uint8_t { event, plain_read, plain_write, construction, pause };

    Kind kind;
    int thread;
    EventId event;
    const void* object = nullptr;
    std::source_location where;
    PlainValue value{};  ///< that a plain read found
};

class Run {
public:
    Run(const Options& options, const Program& program);
    ~Run();
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;

    /// The run that the caller is part of; ends the process when there is none.
    static Run& current() noexcept;

    // ---- for the model's atomics, on a fiber -----------------------------------------------------------------------

    LocationId construct(const void* address, Format format, const Value& value, const std::source_location& where);
    void destroy(LocationId location, const std::source_location& where);
    Reply perform(Request request);
    void pause(const std::source_location& where);
    void plain_construct(PlainState& state, const std::source_location& where);
    void plain_read(PlainState& state, const std::source_location& where, const PlainValue& value);
    void plain_write(PlainState& state, const std::source_location& where);
    void observe(long long value) { outcome_.push_back(value); }
    /// The thread that makes the call; -1 at the beginning and at the end.
    [[nodiscard]] int running() const noexcept { return phase_ == Phase::threads ? running_ : -1; }
    /// Ends the run. On a fiber of the run it does not return.
    void fail(FailureKind kind, std::string message, const std::source_location& where);

    // ---- for the search --------------------------------------------------------------------------------------------

    /// Sets the program up and runs every thread up to its first atomic operation.
    void begin(const Graph& graph);
    /// Runs what the program does at the end. All threads have ended.
    void finish();
    void end() noexcept;

    [[nodiscard]] int threads() const noexcept { return static_cast<int>(scenario_.bodies_.size()); }
    /// Whether the thread waits for its request to be answered. If `is_half_done`, the load half was.
    [[nodiscard]] bool is_pending(int thread) const noexcept { return threads_[index(thread)].state == State::pending; }
    [[nodiscard]] bool is_half_done(int thread) const noexcept { return threads_[index(thread)].half_done; }
    [[nodiscard]] bool is_finished(int thread) const noexcept
    {
        return threads_[index(thread)].state == State::finished;
    }
    [[nodiscard]] const Request& request(int thread) const noexcept { return threads_[index(thread)].request; }
    [[nodiscard]] int executed(int thread) const noexcept { return threads_[index(thread)].executed; }
    [[nodiscard]] const Value& initial(LocationId location) const noexcept;

    /// Whether the graph has a next event for the thread, all of whose causes have been executed.
    [[nodiscard]] bool can_step(int thread) const noexcept;
    /// Answers the thread's request with the next event or two of the graph, and runs it to its next request.
    void step(int thread);

    /// Whether all threads have ended.
    [[nodiscard]] bool all_finished() const noexcept;
    /// Whether no thread will ever go on, if every write becomes visible at last: those that wait do so in vain for
    /// the last value, and those that spin come round again when they read nothing but last values. Threads that spin
    /// are let go to find that out, so they are of no use afterwards.
    [[nodiscard]] bool is_deadlocked();
    void report_deadlock();

    [[nodiscard]] bool failed() const noexcept { return failure_.has_value(); }
    [[nodiscard]] std::optional<Failure> failure_with_trace() const;
    [[nodiscard]] const Outcome& outcome() const noexcept { return outcome_; }
    [[nodiscard]] const std::vector<std::uintptr_t>& addresses() const noexcept { return location_keys_; }

private:
    friend class TracePrinter;

    enum class Phase : std::uint8_t { idle, set_up, threads, finally };
    enum class State : std::uint8_t { pending, blocked, paused, finished, failed };

    struct Thread {
        State state = State::finished;
        bool half_done = false;
        int executed = 0;
        int window = 0;  ///< `executed` at the last pause
        int pauses = 0;
        bool is_probed = false;  ///< let go from a pause, outside of the graph
        bool escaped = false;    ///< left its loop then
        int probes_left = 0;
        Request request;
        Reply reply;
    };

    struct Location {
        Value current;  ///< the initial value; at the end the last one
        Format format = Format::unsigned_number;
        bool alive = false;
        int creator = -1;        ///< -1: the set-up
        int created_before = 0;  ///< index of the creator's next event
        std::uintptr_t address = 0;
    };

    static std::size_t index(int thread) noexcept { return static_cast<std::size_t>(thread); }
    Thread& thread(int number) noexcept { return threads_[index(number)]; }
    Location& location(LocationId id) noexcept { return locations_[static_cast<std::size_t>(id)]; }
    [[nodiscard]] const Location& location(LocationId id) const noexcept
    {
        return locations_[static_cast<std::size_t>(id)];
    }

    Reply perform_alone(const Request& request);
    Reply perform_probed(const Request& request);
    [[nodiscard]] bool spins_for_ever(int thread);
    [[nodiscard]] Value last_value(LocationId id) const noexcept;
    void weaken(Request& request) const noexcept;
    void check_location(LocationId id, const std::source_location& where);
    bool matches(const Event& event, const Request& request) const noexcept;
    void resume(int thread);
    [[nodiscard]] bool is_visible(int thread, int writer, int before) const noexcept;
    void race(const char* what, const char* other_what, int other, const std::source_location& other_where,
              const std::source_location& where);
    [[nodiscard]] std::string thread_name(int thread) const;
    void enter_final_phase();

    const Options& options_;
    const Program& program_;
    Scenario scenario_;
    const Graph* graph_ = nullptr;

    Phase phase_ = Phase::idle;
    int running_ = -1;  ///< the thread whose fiber runs
    std::array<Thread, max_threads> threads_;
    std::array<Fiber, max_threads> fibers_;
    Fiber main_fiber_;  ///< for set-up and end, so that they can fail as well
    std::function<void()> main_body_;

    std::vector<Location> locations_;
    std::vector<std::uintptr_t> location_keys_;
    std::unordered_map<std::uintptr_t, std::vector<LocationId>> at_address_;
    std::unordered_map<std::uintptr_t, std::size_t> constructions_;  ///< at an address, in this run

    std::vector<LogEntry> log_;
    Outcome outcome_;
    std::optional<Failure> failure_;
};

/// The run's execution so far, one step a line.
class TracePrinter {
public:
    explicit TracePrinter(const Run& run) noexcept : run_{run} {}
    [[nodiscard]] std::string print() const;

private:
    [[nodiscard]] std::string row(int step, const LogEntry& entry,
                                  const std::map<std::pair<int, int>, int>& steps) const;
    [[nodiscard]] std::string name_of_address(std::uintptr_t address, std::string_view member) const;
    [[nodiscard]] std::string value_text(Format format, const Value& value) const;
    [[nodiscard]] std::string modification_orders(const std::map<std::pair<int, int>, int>& steps) const;

    const Run& run_;
};

}  // namespace pegplan::model
