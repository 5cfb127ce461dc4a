// What the two searches have in common.
#include "search.hpp"

namespace pegplan::model {

Result explore(const Options& options, const Program& program)
{
    if (options.search == Search::dpor && options.preemption_bound == unbounded) {
        return Dpor{options, program}.explore();
    }
    return Interleavings{options, program}.explore();
}

Event SearchBase::load_by(int thread, const Request& request, Choice choice) const
{
    const EventId source = graph_.write_at(request.location, choice.position);
    const Value value = value_of(graph_, source, run_.initial(request.location));
    return make_load(graph_, thread, request, source, value, choice.spurious);
}

bool SearchBase::is_satisfied_by(const Request& request, int position) const
{
    const EventId source = graph_.write_at(request.location, position);
    return request.holds(request.context, value_of(graph_, source, run_.initial(request.location)));
}

bool SearchBase::waits_in_vain(int thread) const
{
    const Request& request = run_.request(thread);
    if (request.holds == nullptr) {
        return false;
    }
    for (int position = first_visible(graph_, thread, request.location); position <= graph_.writes(request.location);
         ++position) {
        if (is_satisfied_by(request, position)) {
            return false;
        }
    }
    return true;
}

int SearchBase::spurious_failures(int thread) const noexcept
{
    int count = 0;
    for (int index = 0; index < graph_.size(thread); ++index) {
        count += graph_.event(thread, index).spurious ? 1 : 0;
    }
    return count;
}

void SearchBase::loads(int thread, std::vector<Choice>& choices)
{
    const Request& request = run_.request(thread);
    const int last = graph_.writes(request.location);
    const bool may_fail = request.operation == Operation::compare_exchange_weak &&
                          spurious_failures(thread) < options_.max_spurious_failures;
    choices.clear();
    for (int position = first_visible(graph_, thread, request.location); position <= last; ++position) {
        for (const bool spurious : {true, false}) {
            const Event event = load_by(thread, request, {position, spurious});
            if (spurious && (!may_fail || !(event.read == request.expected))) {
                continue;
            }
            graph_.add(thread, event);
            if (has_seq_cst_order(graph_)) {
                choices.push_back({position, spurious});
            }
            graph_.remove_last(thread);
        }
    }
}

void SearchBase::stores(int thread, std::vector<Choice>& choices)
{
    const bool second_half = run_.is_half_done(thread);
    const LocationId location = run_.request(thread).location;
    const Event event = second_half ? make_rmw_store(graph_, thread) : make_store(graph_, thread, run_.request(thread));
    const int source = second_half ? graph_.position(location, graph_.last(thread)->source) : 0;
    const int first = second_half ? source : first_visible(graph_, thread, location);
    const int last = second_half ? source : graph_.writes(location);
    choices.clear();
    for (int position = first; position <= last; ++position) {
        if (is_bound_to_next(graph_, location, position)) {
            continue;
        }
        graph_.place(location, position, graph_.add(thread, event));
        if (has_seq_cst_order(graph_)) {
            choices.push_back({position, false});
        }
        graph_.remove_from_order(location, position + 1);
        graph_.remove_last(thread);
    }
}

void SearchBase::conclude()
{
    run_.finish();
    if (run_.failed()) {
        return;
    }
    ++result_.executions;
    result_.longest = std::max(result_.longest, graph_.size());
    ++result_.outcomes[run_.outcome()];
    if (options_.collect_fingerprints && !result_.fingerprints.insert(fingerprint(graph_, run_.addresses())).second) {
        ++result_.duplicates;
    }
    if (options_.on_execution) {
        options_.on_execution(graph_);
    }
}

bool SearchBase::conclude_deadlock()
{
    if (!run_.is_deadlocked()) {
        return false;
    }
    ++result_.deadlocks;
    if (options_.report_deadlocks) {
        run_.report_deadlock();
    }
    return options_.report_deadlocks;
}

bool SearchBase::go_on()
{
    ++result_.runs;
    if (run_.failed()) {
        result_.failure = run_.failure_with_trace();
        return false;
    }
    return options_.max_executions == 0 || result_.executions + result_.blocked < options_.max_executions;
}

}  // namespace pegplan::model
