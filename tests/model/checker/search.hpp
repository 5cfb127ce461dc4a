// What the two searches have in common: counting, recording and ending.
#pragma once

#include "run.hpp"

namespace pegplan::model {

class SearchBase {
public:
    SearchBase(const Options& options, const Program& program) : options_{options}, run_{options, program} {}

protected:
    /// A way in which the next access of a thread may go on: a load by the write at `position`, a store right behind
    /// it.
    struct Choice {
        int position = 0;
        bool spurious = false;
    };

    /// What the thread's requested load (or load half) may read, the latest write last. Consistent, and not what only
    /// another read-modify-write may read.
    void loads(int thread, std::vector<Choice>& choices);
    /// Where the thread's requested store, or store half, may stand, the latest place last.
    void stores(int thread, std::vector<Choice>& choices);

    [[nodiscard]] Event load_by(int thread, const Request& request, Choice choice) const;
    [[nodiscard]] bool is_satisfied_by(const Request& request, int position) const;
    /// Whether the thread waits for a value, and none that it could read is one.
    [[nodiscard]] bool waits_in_vain(int thread) const;
    [[nodiscard]] static bool is_store(const Request& request) noexcept
    {
        return request.operation == Operation::store;
    }
    [[nodiscard]] static bool is_fence(const Request& request) noexcept
    {
        return request.operation == Operation::fence;
    }
    [[nodiscard]] int spurious_failures(int thread) const noexcept;

    /// Every thread has ended: runs the end of the program, and counts.
    void conclude();
    /// Counts a deadlock if the run is in one. True: it is a failure.
    bool conclude_deadlock();
    /// After each run. False: the exploration is over.
    bool go_on();

    const Options& options_;
    Run run_;
    Graph graph_;
    Result result_;
};

/// Optimal dynamic partial order reduction on execution graphs.
class Dpor : SearchBase {
public:
    using SearchBase::SearchBase;
    Result explore();

private:
    void execute();
    bool replay();
    bool extend();
    [[nodiscard]] int next_thread() const;
    void add_load(int thread);
    void add_store(int thread);
    void push(int thread, const Event& event);
    void revisit_loads(const Graph& graph, int thread, const Event& store);
    void revisit(const Graph& graph, EventId load, int thread, const Event& store);
    [[nodiscard]] static bool is_added_maximally(const Graph& graph, EventId id, const Event& store);

    std::vector<Graph> work_;
    std::vector<Choice> choices_;
    int last_thread_ = 0;
    bool dead_end_ = false;  ///< the graph can never become that of an execution
};

/// Depth-first search over schedules and choices, for calibration and for bounded preemption.
class Interleavings : SearchBase {
public:
    using SearchBase::SearchBase;
    Result explore();

private:
    struct Decision {
        int taken;
        int count;
    };

    void execute();
    [[nodiscard]] std::vector<int> runnable();
    int decide(int count);
    [[nodiscard]] bool is_known_state();
    [[nodiscard]] bool is_known_execution();
    void take(int thread);

    std::vector<Decision> decisions_;
    std::size_t depth_ = 0;
    std::map<Fingerprint, int> known_;  ///< states, with the fewest preemptions that reached them
    std::set<Fingerprint> concluded_;
    std::vector<Choice> choices_;
    int last_thread_ = -1;
    int preemptions_ = 0;
    bool dead_end_ = false;  ///< as with Dpor
};

}  // namespace pegplan::model
