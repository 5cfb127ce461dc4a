// The threads' side of a run: atomic operations, plain variables, pauses, the lifetime of atomic objects.
#include "run.hpp"
#include "source_text.hpp"

#include <cstring>

namespace pegplan::model {

namespace {

/// Of one thread; all may be about to do one.
constexpr int events_of_operation = 2 * max_threads;

bool same_place(const std::source_location& where, const Site& site) noexcept
{
    return where.line() == site.line && where.column() == site.column && site.file == where.file_name();
}

}  // namespace

// ---- atomic objects ------------------------------------------------------------------------------------------------

LocationId Run::construct(const void* object, Format format, const Value& value, const std::source_location& where)
{
    const auto address = reinterpret_cast<std::uintptr_t>(object);
    std::vector<LocationId>& ids = at_address_[address];
    const std::size_t generation = constructions_[address]++;
    if (generation == ids.size()) {
        constexpr int generation_shift = 48;  // addresses have no more bits
        ids.push_back(static_cast<LocationId>(locations_.size()));
        locations_.emplace_back();
        location_keys_.push_back(address | static_cast<std::uintptr_t>(generation) << generation_shift);
    }
    const LocationId id = ids[generation];
    const int created_before = running_ >= 0 ? executed(running_) : 0;
    location(id) = {value, format, true, running_, created_before, address};
    if (running_ >= 0) {
        log_.push_back({LogEntry::Kind::construction, running_, initial_write, object, where, {}});
    }
    return id;
}

void Run::destroy(LocationId id, const std::source_location& where)
{
    if (phase_ == Phase::threads && running_ >= 0) {
        check_location(id, where);
        for (int other = 0; other < threads(); ++other) {
            for (int place = 0; place < executed(other); ++place) {
                const Event& event = graph_->event(other, place);
                if (event.location == id && !is_visible(running_, other, place)) {
                    fail(FailureKind::data_race,
                         "an atomic object is destroyed while thread " + thread_name(other) + " may use it", where);
                }
            }
        }
    }
    location(id).alive = false;
}

void Run::check_location(LocationId id, const std::source_location& where)
{
    const Location& object = location(id);
    if (!object.alive) {
        fail(FailureKind::lifetime, "an atomic object is used before its construction or after its destruction", where);
    }
    if (!is_visible(running_, object.creator, object.created_before)) {
        fail(FailureKind::data_race,
             "an atomic object is used, but its construction by thread " + thread_name(object.creator) +
                 " does not happen before that",
             where);
    }
}

void Run::weaken(Request& request) const noexcept
{
    if (options_.weakening && same_place(request.where, options_.weakening->site)) {
        (options_.weakening->site.on_failure ? request.failure_order : request.order) = options_.weakening->order;
    }
}

Reply Run::perform(Request request)
{
    if (running_ < 0) {
        return perform_alone(request);
    }
    if (thread(running_).is_probed) {
        return perform_probed(request);
    }
    if (options_.sites != nullptr) {
        options_.sites->record(request, false);
        if (is_compare_exchange(request.operation)) {
            options_.sites->record(request, true);
        }
    }
    weaken(request);
    if (request.location != no_location) {
        check_location(request.location, request.where);
    } else if (request.order == std::memory_order_relaxed) {
        return {};  // a relaxed fence has no effect
    }
    Thread& self = thread(running_);
    if (self.executed >= options_.max_thread_events) {
        fail(FailureKind::unbounded_spinning,
             "more than " + std::to_string(options_.max_thread_events) +
                 " events: the thread spins (see wait_until), or the test is too large (Options::max_thread_events)",
             request.where);
    }
    if (graph_->seq_cst_events() + events_of_operation > most_seq_cst_events) {
        fail(FailureKind::limit, "more than " + std::to_string(most_seq_cst_events) + " seq_cst events", request.where);
    }
    self.request = request;
    self.state = State::pending;
    Fiber::suspend();
    return self.reply;
}

/// Set-up and end run alone: the location's value is simply the one in `current`.
Reply Run::perform_alone(const Request& request)
{
    if (request.location == no_location) {
        return {};
    }
    check_location(request.location, request.where);
    Value& value = location(request.location).current;
    const Reply reply{value, false};
    if (request.holds != nullptr && !request.holds(request.context, value)) {
        fail(FailureKind::deadlock, "set-up or end waits for something that no thread does", request.where);
    } else if (request.operation == Operation::store) {
        value = request.operand;
    } else if (request.modify != nullptr && (!is_compare_exchange(request.operation) || value == request.expected)) {
        value = request.modify(value, request.operand);
        return {reply.read, true};
    }
    return reply;
}

/// Loads see the last value. A write, or the end, means that the thread has left its loop.
Reply Run::perform_probed(const Request& request)
{
    Thread& self = thread(running_);
    if (request.location == no_location) {
        return {};
    }
    const Value value = last_value(request.location);
    const bool fails = is_compare_exchange(request.operation) && !(value == request.expected);
    self.escaped = request.operation == Operation::store || (request.modify != nullptr && !fails);
    const bool waits = request.holds != nullptr && !request.holds(request.context, value);
    if (self.escaped || waits || --self.probes_left == 0) {
        Fiber::suspend();  // for ever
    }
    return {value, false};
}

/// A loop that has done nothing but read since the last pause, and goes round again, would do the same again until
/// something that it read changes. So it stops here; executions in which it reads something newer, and leaves the loop,
/// are explored on their own.
void Run::pause(const std::source_location& where)
{
    if (running_ < 0) {
        return;
    }
    Thread& self = thread(running_);
    if (self.is_probed) {
        Fiber::suspend();  // for ever
    }
    log_.push_back({LogEntry::Kind::pause, running_, initial_write, nullptr, where, {}});
    bool has_read = false;
    bool has_written = false;
    for (int place = self.window; place < self.executed; ++place) {
        has_read = has_read || graph_->event(running_, place).is_load();
        has_written = has_written || graph_->event(running_, place).is_store();
    }
    if (has_read && !has_written) {
        self.request.where = where;
        self.state = State::paused;
        Fiber::suspend();  // for ever
    }
    self.window = self.executed;
    if (++self.pauses > options_.max_pauses) {
        fail(FailureKind::unbounded_spinning,
             "more than " + std::to_string(options_.max_pauses) +
                 " rounds of a loop with writes (Options::max_pauses); wait_until is explored without them",
             where);
    }
}

// ---- plain variables -----------------------------------------------------------------------------------------------

/// Whether what `writer` did before its event `before` happens before what `number` does next.
bool Run::is_visible(int number, int writer, int before) const noexcept
{
    if (number < 0 || writer < 0 || writer == number) {
        return true;
    }
    const int done = executed(number);
    return done > 0 && graph_->event(number, done - 1).happens_before.contains(writer, before);
}

void Run::race(const char* what, const char* other_what, int other, const std::source_location& other_where,
               const std::source_location& where)
{
    fail(FailureKind::data_race,
         std::string{what} + " of a plain variable is unordered with the " + other_what + " by thread " +
             thread_name(other) + " at " + place_of(other_where),
         where);
}

void Run::plain_construct(PlainState& state, const std::source_location& where)
{
    state.writer = running_;
    state.written_before = running_ >= 0 ? executed(running_) : 0;
    state.written_at = where;
}

void Run::plain_read(PlainState& state, const std::source_location& where, const PlainValue& value)
{
    if (running_ < 0 || thread(running_).is_probed) {
        return;
    }
    log_.push_back({LogEntry::Kind::plain_read, running_, initial_write, &state, where, value});
    if (!is_visible(running_, state.writer, state.written_before)) {
        race("the read", "write", state.writer, state.written_at, where);
    }
    state.read_before[index(running_)] = executed(running_);
    state.read_at[index(running_)] = where;
}

void Run::plain_write(PlainState& state, const std::source_location& where)
{
    if (running_ < 0 || thread(running_).is_probed) {
        return;
    }
    log_.push_back({LogEntry::Kind::plain_write, running_, initial_write, &state, where, {}});
    if (!is_visible(running_, state.writer, state.written_before)) {
        race("the write", "write", state.writer, state.written_at, where);
    }
    for (int other = 0; other < threads(); ++other) {
        const int read_before = state.read_before[index(other)];
        if (read_before >= 0 && !is_visible(running_, other, read_before)) {
            race("the write", "read", other, state.read_at[index(other)], where);
        }
    }
    state.writer = running_;
    state.written_before = executed(running_);
    state.written_at = where;
}

}  // namespace pegplan::model
