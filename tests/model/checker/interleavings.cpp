// Depth-first search over schedules, and over what loads read and where stores stand.
//
// The program is run again for each leaf, following a trace of decisions. This visits a graph once for each order of
// its events (`interleavings`), or expands each state once (`states`): a state is its graph, because threads depend
// on nothing but what they read; with a preemption bound also the thread that ran last.
#include "search.hpp"

namespace pegplan::model {

Result Interleavings::explore()
{
    for (;;) {
        execute();
        if (!go_on()) {
            return std::move(result_);
        }
        while (!decisions_.empty() && decisions_.back().taken + 1 == decisions_.back().count) {
            decisions_.pop_back();
        }
        if (decisions_.empty()) {
            result_.complete = true;
            return std::move(result_);
        }
        ++decisions_.back().taken;
    }
}

int Interleavings::decide(int count)
{
    if (count == 1) {
        return 0;
    }
    if (depth_ == decisions_.size()) {
        decisions_.push_back({0, count});
    }
    return decisions_[depth_++].taken;
}

void Interleavings::execute()
{
    graph_ = {};
    depth_ = 0;
    last_thread_ = -1;
    preemptions_ = 0;
    dead_end_ = false;
    run_.begin(graph_);
    while (!run_.failed() && !run_.all_finished()) {
        const std::vector<int> threads = runnable();
        // A thread that could still read an old value that it waits for does not make it less of a deadlock.
        if (conclude_deadlock() || threads.empty()) {
            ++result_.blocked;
            return;
        }
        if (is_known_state()) {
            return;
        }
        const int thread = threads[static_cast<std::size_t>(decide(static_cast<int>(threads.size())))];
        if (threads.front() == last_thread_ && thread != last_thread_) {
            ++preemptions_;
        }
        last_thread_ = thread;
        take(thread);
        if (dead_end_) {
            return;
        }
    }
    if (!run_.failed() && !is_known_execution()) {
        conclude();
    }
}

/// The threads that can go on, the last one that ran first if it is among them, and alone if no preemption is left.
std::vector<int> Interleavings::runnable()
{
    std::vector<int> result;
    for (int thread = 0; thread < run_.threads(); ++thread) {
        if (run_.is_pending(thread) && !waits_in_vain(thread)) {
            if (thread == last_thread_) {
                result.insert(result.begin(), thread);
            } else {
                result.push_back(thread);
            }
        }
    }
    const bool exhausted = options_.preemption_bound != unbounded && preemptions_ >= options_.preemption_bound;
    if (exhausted && !result.empty() && result.front() == last_thread_) {
        result.resize(1);
    }
    return result;
}

/// Only asked where the run leaves the trace of decisions behind: before, it has to come by.
bool Interleavings::is_known_state()
{
    if (options_.search == Search::interleavings || depth_ < decisions_.size()) {
        return false;
    }
    Fingerprint state = fingerprint(graph_, run_.addresses());
    const bool bounded = options_.preemption_bound != unbounded;
    state.words[0] += bounded ? static_cast<std::uint64_t>(last_thread_ + 2) * 0x9e3779b97f4a7c15 : 0;
    const auto [entry, is_new] = known_.try_emplace(state, preemptions_);
    if (!is_new && entry->second <= preemptions_) {
        return true;
    }
    entry->second = preemptions_;
    return false;
}

bool Interleavings::is_known_execution()
{
    return options_.search != Search::interleavings && !concluded_.insert(fingerprint(graph_, run_.addresses())).second;
}

void Interleavings::take(int thread)
{
    const Request request = run_.request(thread);
    const auto place_store = [&](const Event& event) {
        stores(thread, choices_);
        if (choices_.empty()) {
            dead_end_ = true;  // a store half whose place contradicts the seq_cst order
            return;
        }
        const int choice = decide(static_cast<int>(choices_.size()));
        const int position = choices_[static_cast<std::size_t>(choice)].position;
        graph_.place(request.location, position, graph_.add(thread, event));
    };
    if (is_store(request)) {
        place_store(make_store(graph_, thread, request));
    } else if (is_fence(request)) {
        graph_.add(thread, make_fence(graph_, thread, request));
    } else {
        loads(thread, choices_);
        std::erase_if(choices_, [&](const Choice& choice) {
            return (request.holds != nullptr && !is_satisfied_by(request, choice.position)) ||
                   (is_bound_to_next(graph_, request.location, choice.position) &&
                    load_by(thread, request, choice).kind == EventKind::rmw_load);
        });
        const int choice = decide(static_cast<int>(choices_.size()));
        graph_.add(thread, load_by(thread, request, choices_[static_cast<std::size_t>(choice)]));
    }
    run_.step(thread);
    if (!run_.failed() && run_.is_half_done(thread)) {
        place_store(make_rmw_store(graph_, thread));
        if (!dead_end_) {
            run_.step(thread);
        }
    }
}

}  // namespace pegplan::model
