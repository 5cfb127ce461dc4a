// Tests of the checker's searches against each other, and of the mutants.
#include "model_test.hpp"

#include <pegplan/lockfree/mpsc_list.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>

namespace pegplan::model {

namespace {

constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto acquire = std::memory_order_acquire;
constexpr auto release = std::memory_order_release;
constexpr auto seq_cst = std::memory_order_seq_cst;

using Integer = ModelAtomics::atomic<int>;

struct State {
    Integer flag{0};
    Integer other{0};
    ModelAtomics::plain<int> data{0};
};

/// A program of two threads on one State.
template <class First, class Second>
ModelTest two(const char* name, First first, Second second, Options options = {})
{
    return {name,
            [=](Scenario& scenario) {
                State& state = scenario.make<State>();
                scenario.name(state, "state");
                scenario.thread("A", [&state, first] { first(state); });
                scenario.thread("B", [&state, second] { second(state); });
            },
            options};
}

}  // namespace

TEST_SUITE_BEGIN("quick");

// ---- the searches agree, on programs with everything in them -------------------------------------------------------

namespace {

struct Node : MpscLink<Node, ModelAtomics> {};

/// List, locks by compare-exchange that may fail spuriously, loops with pauses.
std::vector<ModelTest> programs_with_everything()
{
    std::vector<ModelTest> tests;
    const Program list = [](Scenario& scenario) {
        struct ListState {
            MpscList<Node, ModelAtomics> list;
            std::array<Node, 2> nodes;
        };
        ListState& state = scenario.make<ListState>();
        scenario.thread("A", [&state] { state.list.push(state.nodes[0]); });
        scenario.thread("B", [&state] { state.list.push(state.nodes[1]); });
        scenario.thread("C", [&state] {
            while (state.list.pop() == nullptr) {
                ModelAtomics::pause();
            }
        });
    };
    tests.push_back({"list", list, {}});
    const auto lock = [](State& state) {
        int expected = 0;
        while (!state.flag.compare_exchange_weak(expected, 1, acquire, relaxed)) {
            expected = 0;
            ModelAtomics::wait_until(state.flag, relaxed, [](int value) { return value == 0; });
        }
        state.data.write() = 1;
        state.flag.store(0, release);
    };
    Options spurious;
    spurious.max_spurious_failures = 1;
    tests.push_back(two("compare-exchange lock", lock, lock, spurious));
    const auto peterson = [](bool is_first) {
        return [is_first](State& state) {
            Integer& mine = is_first ? state.flag : state.other;
            Integer& theirs = is_first ? state.other : state.flag;
            mine.store(1, seq_cst);
            ModelAtomics::fence(seq_cst);
            if (theirs.load(seq_cst) == 0) {
                state.data.write() = 1;
            }
        };
    };
    tests.push_back(two("half of Dekker", peterson(true), peterson(false)));
    return tests;
}

}  // namespace

TEST_CASE("with and without reduction, the executions are the same")
{
    for (ModelTest& test : programs_with_everything()) {
        INFO(test.name);
        test.options.collect_fingerprints = true;
        const Result reduced = explore(test.options, test.program);
        REQUIRE(reduced.passed());
        CHECK(reduced.duplicates == 0);
        test.options.search = Search::states;
        const Result states = explore(test.options, test.program);
        REQUIRE(states.passed());
        CHECK(states.duplicates == 0);
        CHECK(states.fingerprints == reduced.fingerprints);
        test.options.search = Search::interleavings;
        const Result all = explore(test.options, test.program);
        REQUIRE(all.passed());
        CHECK(all.executions >= reduced.executions);
        CHECK(all.fingerprints == reduced.fingerprints);
    }
}

TEST_CASE("a preemption bound explores less and less of the same")
{
    for (ModelTest& test : programs_with_everything()) {
        INFO(test.name);
        test.options.collect_fingerprints = true;
        const Result full = explore(test.options, test.program);
        std::size_t before = 0;
        for (const int bound : {0, 1, 2, 20}) {
            test.options.preemption_bound = bound;
            const Result bounded = explore(test.options, test.program);
            REQUIRE(bounded.passed());
            CHECK(bounded.duplicates == 0);
            CHECK(bounded.fingerprints.size() >= before);
            before = bounded.fingerprints.size();
            CHECK(std::includes(full.fingerprints.begin(), full.fingerprints.end(), bounded.fingerprints.begin(),
                                bounded.fingerprints.end()));
        }
        CHECK(before == full.fingerprints.size());
    }
}

TEST_CASE("a bug that needs one preemption is found with one, not with none")
{
    // B must run between A's two steps. (Where it would do that a thread misses a write, no preemption is needed: old
    // values can be read in any schedule.)
    const auto asks = [](State& state) {
        state.flag.store(1, relaxed);
        check(state.other.load(relaxed) == 0, "there is no answer yet");
    };
    const auto answers = [](State& state) {
        if (state.flag.load(relaxed) == 1) {
            state.other.store(1, relaxed);
        }
    };
    for (const int bound : {0, 1}) {
        Options options;
        options.preemption_bound = bound;
        const ModelTest test = two("question and answer", asks, answers, options);
        const Result result = explore(test.options, test.program);
        CHECK(result.failure.has_value() == (bound == 1));
    }
}

// ---- mutants -------------------------------------------------------------------------------------------------------

namespace {

/// Peterson's lock for two threads, tried once, with one order that is stronger than it needs to be.
struct PetersonState : State {
    Integer turn{0};

    void enter(bool is_first)
    {
        Integer& mine = is_first ? flag : other;
        Integer& theirs = is_first ? other : flag;
        mine.store(1, seq_cst);
        turn.exchange(is_first ? 2 : 1, std::memory_order_acq_rel);
        if (theirs.load(acquire) == 0 || turn.load(relaxed) == (is_first ? 1 : 2)) {
            data.write() = 1;
            mine.store(0, release);
        }
    }
};

ModelTest peterson()
{
    return {"Peterson's lock",
            [](Scenario& scenario) {
                PetersonState& state = scenario.make<PetersonState>();
                scenario.thread("A", [&state] { state.enter(true); });
                scenario.thread("B", [&state] { state.enter(false); });
            },
            {}};
}

}  // namespace

TEST_CASE("mutants: those that break something are caught, equivalent ones survive and are explained")
{
    const ModelTest tests[] = {peterson()};
    constexpr std::string_view reason =
        "the exchange behind it, which the other thread acquires from, publishes it too";
    const Equivalent equivalent[] = {
        {"enter: mine.store seq_cst -> release", reason},
        {"enter: mine.store seq_cst -> relaxed", reason},
    };
    expect_caught("model/search_test.cpp", tests, equivalent);
}

TEST_CASE("mutants: a seq_cst fence that acq_rel cannot replace")
{
    const auto enter = [](auto mine, auto theirs) {
        return [=](State& state) {
            (state.*mine).store(1, relaxed);
            ModelAtomics::fence(seq_cst);
            if ((state.*theirs).load(relaxed) == 0) {
                state.data.write() = 1;
            }
        };
    };
    const ModelTest tests[] = {
        two("Dekker's entry", enter(&State::flag, &State::other), enter(&State::other, &State::flag))};
    const std::vector<Mutant> mutants = explore_mutants("model/search_test.cpp", tests);
    CHECK(mutants.size() == 4);
    for (const Mutant& mutant : mutants) {
        INFO(mutant.text());
        CHECK(mutant.caught);
    }
}

TEST_SUITE_END();

}  // namespace pegplan::model
