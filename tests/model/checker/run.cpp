// One run of a test program, fibers and all.
#include "run.hpp"
#include "source_text.hpp"

#include <cstdio>
#include <cstdlib>

namespace pegplan::model {

namespace {

Run* current_run = nullptr;

/// The states of test programs live here, so that their addresses are the same in every run.
constexpr std::size_t arena_bytes = 256 * 1024;
alignas(64) std::byte arena[arena_bytes];

}  // namespace

std::string_view name_of(FailureKind kind) noexcept
{
    switch (kind) {
    case FailureKind::assertion: return "assertion";
    case FailureKind::data_race: return "data race";
    case FailureKind::deadlock: return "deadlock";
    case FailureKind::unbounded_spinning: return "unbounded spinning";
    case FailureKind::lifetime: return "lifetime";
    case FailureKind::not_deterministic: return "not deterministic";
    case FailureKind::limit: return "limit";
    }
    return "?";
}

// ---- scenario -----------------------------------------------------------------------------------------------------

void Scenario::thread(std::string_view name, std::function<void()> body)
{
    if (bodies_.size() == max_threads) {
        Run::current().fail(FailureKind::limit,
                            "a test program has at most " + std::to_string(max_threads) + " threads",
                            std::source_location::current());
    }
    names_.emplace_back(name);
    bodies_.push_back(std::move(body));
}

void* Scenario::allocate(std::size_t size, std::size_t alignment)
{
    const std::size_t begin = (used_ + alignment - 1) / alignment * alignment;
    if (begin + size > arena_bytes) {
        Run::current().fail(FailureKind::limit, "the state is larger than " + std::to_string(arena_bytes) + " bytes",
                            std::source_location::current());
    }
    used_ = begin + size;
    return arena + begin;
}

void Scenario::clear() noexcept
{
    for (; !destructors_.empty(); destructors_.pop_back()) {
        destructors_.back()();
    }
    names_.clear();
    bodies_.clear();
    finally_ = nullptr;
    regions_.clear();
    used_ = 0;
}

void check(bool holds, std::string_view message, std::source_location where)
{
    if (!holds) {
        Run::current().fail(FailureKind::assertion, std::string{message}, where);
    }
}

void observe(long long value)
{
    Run::current().observe(value);
}

// ---- the life of a run --------------------------------------------------------------------------------------------

Run::Run(const Options& options, const Program& program) : options_{options}, program_{program}
{
    if (options.max_thread_events > most_thread_events - 2) {
        std::fprintf(stderr, "model: Options::max_thread_events is larger than %d\n", most_thread_events - 2);
        std::abort();
    }
}

Run::~Run()
{
    end();
}

Run& Run::current() noexcept
{
    if (current_run == nullptr) {
        std::fputs("model: an atomic object or check is used outside of a test program\n", stderr);
        std::abort();
    }
    return *current_run;
}

void Run::begin(const Graph& graph)
{
    end();
    current_run = this;
    graph_ = &graph;
    for (Location& location : locations_) {
        location.alive = false;
    }
    constructions_.clear();
    log_.clear();
    outcome_.clear();
    failure_.reset();

    phase_ = Phase::set_up;
    main_body_ = [this] { program_(scenario_); };
    main_fiber_.start(main_body_);
    main_fiber_.resume();
    phase_ = Phase::threads;
    threads_.fill(Thread{});
    for (int number = 0; number < threads() && !failure_; ++number) {
        fibers_[index(number)].start(scenario_.bodies_[index(number)]);
        resume(number);
    }
}

void Run::finish()
{
    enter_final_phase();
    if (scenario_.finally_) {
        main_fiber_.start(scenario_.finally_);
        main_fiber_.resume();
    }
}

void Run::end() noexcept
{
    phase_ = Phase::idle;
    scenario_.clear();
    current_run = nullptr;
}

void Run::enter_final_phase()
{
    phase_ = Phase::finally;
    for (std::size_t number = 0; number < locations_.size(); ++number) {
        const auto id = static_cast<LocationId>(number);
        locations_[number].current = last_value(id);
    }
}

void Run::resume(int number)
{
    running_ = number;
    fibers_[index(number)].resume();
    running_ = -1;
    if (fibers_[index(number)].finished()) {
        thread(number).state = State::finished;
    }
}

void Run::fail(FailureKind kind, std::string message, const std::source_location& where)
{
    if (running_ >= 0 && thread(running_).is_probed) {
        thread(running_).escaped = true;
        Fiber::suspend();
    }
    message += "\n  at " + place_of(where);
    if (running_ >= 0) {
        message += ", thread " + thread_name(running_);
    }
    if (!failure_) {
        failure_ = Failure{kind, std::move(message), {}};
    }
    const bool on_fiber = running_ >= 0 || phase_ == Phase::set_up || phase_ == Phase::finally;
    if (running_ >= 0) {
        thread(running_).state = State::failed;
    }
    if (on_fiber) {
        Fiber::suspend();
    }
}

std::string Run::thread_name(int number) const
{
    return number < 0 ? "set-up" : scenario_.names_[index(number)];
}

// ---- the search's side --------------------------------------------------------------------------------------------

const Value& Run::initial(LocationId id) const noexcept
{
    return location(id).current;
}

bool Run::can_step(int number) const noexcept
{
    const Thread& thread = threads_[index(number)];
    if (thread.state != State::pending || thread.executed >= graph_->size(number)) {
        return false;
    }
    const Event& event = graph_->event(number, thread.executed);
    return !event.is_load() || event.source == initial_write || executed(event.source.thread) > event.source.index;
}

bool Run::matches(const Event& event, const Request& request) const noexcept
{
    return event.request.operation == request.operation && event.location == request.location &&
           event.request.order == request.order && event.request.failure_order == request.failure_order &&
           event.request.operand == request.operand && event.request.expected == request.expected;
}

void Run::step(int number)
{
    Thread& thread = this->thread(number);
    const auto next_id = [&] {
        return EventId{static_cast<std::int16_t>(number), static_cast<std::int16_t>(thread.executed)};
    };
    if (!thread.half_done) {
        const Event& event = graph_->event(next_id());
        if (!matches(event, thread.request)) {
            fail(FailureKind::not_deterministic,
                 "thread " + thread_name(number) + " does something else than in an earlier run of the same execution",
                 thread.request.where);
            return;
        }
        log_.push_back({LogEntry::Kind::event, number, next_id(), nullptr, thread.request.where, {}});
        ++thread.executed;
        thread.reply = {event.read, false};
        thread.half_done = event.kind == EventKind::rmw_load;
        if (thread.request.holds != nullptr && !thread.request.holds(thread.request.context, event.read)) {
            thread.state = State::blocked;
            return;
        }
    }
    if (thread.half_done) {
        if (thread.executed == graph_->size(number)) {
            return;
        }
        thread.half_done = false;
        thread.reply.stored = true;
        ++thread.executed;
    }
    resume(number);
}

bool Run::all_finished() const noexcept
{
    for (int number = 0; number < threads(); ++number) {
        if (!is_finished(number)) {
            return false;
        }
    }
    return true;
}

Value Run::last_value(LocationId id) const noexcept
{
    return value_of(*graph_, graph_->write_at(id, graph_->writes(id)), location(id).current);
}

bool Run::is_deadlocked()
{
    for (int number = 0; number < threads(); ++number) {
        const Thread& thread = threads_[index(number)];
        if (thread.state == State::pending || thread.state == State::blocked) {
            const Request& request = thread.request;
            if (request.holds == nullptr || request.holds(request.context, last_value(request.location))) {
                return false;
            }
        }
    }
    for (int number = 0; number < threads(); ++number) {
        if (threads_[index(number)].state == State::paused && !spins_for_ever(number)) {
            return false;
        }
    }
    return true;
}

bool Run::spins_for_ever(int number)
{
    constexpr int most_probes = 1000;
    Thread& self = thread(number);
    if (!self.is_probed) {
        self.is_probed = true;
        self.probes_left = most_probes;
        resume(number);
        self.escaped = self.escaped || fibers_[index(number)].finished();
        self.state = State::paused;
    }
    return !self.escaped;
}

void Run::report_deadlock()
{
    std::string message = "no thread can go on:";
    bool only_spinning = true;
    for (int number = 0; number < threads(); ++number) {
        const Thread& thread = threads_[index(number)];
        if (thread.state == State::finished) {
            continue;
        }
        only_spinning = only_spinning && thread.state == State::paused;
        message += "\n  " + thread_name(number) + (thread.state == State::paused ? " spins" : " waits") + " at " +
                   place_of(thread.request.where);
    }
    failure_ = Failure{only_spinning ? FailureKind::unbounded_spinning : FailureKind::deadlock, std::move(message), {}};
}

std::optional<Failure> Run::failure_with_trace() const
{
    std::optional<Failure> result = failure_;
    if (result) {
        result->trace = TracePrinter{*this}.print();
    }
    return result;
}

}  // namespace pegplan::model
