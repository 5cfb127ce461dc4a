// Tests of the checker itself: what it detects, and what it says.
#include "model_test.hpp"

#include <doctest/doctest.h>

#include <array>
#include <memory>
#include <new>

namespace pegplan::model {

namespace {

constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto acquire = std::memory_order_acquire;
constexpr auto release = std::memory_order_release;
constexpr auto seq_cst = std::memory_order_seq_cst;

using Integer = ModelAtomics::atomic<int>;
using PlainInteger = ModelAtomics::plain<int>;

struct State {
    Integer flag{0};
    Integer other{0};
    PlainInteger data{0};
};

bool is_set(int value)
{
    return value != 0;
}

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

void nothing(State&) {}

bool contains(const std::string& text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_SUITE_BEGIN("quick");

// ---- data races ----------------------------------------------------------------------------------------------------

TEST_CASE("a data race is found in every combination, and its absence")
{
    const auto reads = [](State& state) { static_cast<void>(state.data.read()); };
    const auto writes = [](State& state) { state.data.write() = 1; };
    expect_failure(two("write and write", writes, writes), FailureKind::data_race);
    expect_failure(two("write and read", writes, reads), FailureKind::data_race);
    expect_failure(two("read and write", reads, writes), FailureKind::data_race);
    expect_pass(two("checker: two reads are no race", reads, reads));
}

TEST_CASE("a race that needs a stale flag is found, though the schedule looks innocent")
{
    const auto sender = [](auto order) {
        return [order](State& state) {
            state.data.write() = 1;
            state.flag.store(1, order);
        };
    };
    const auto receiver = [](auto order) {
        return [order](State& state) {
            if (state.flag.load(order) == 1) {
                check(state.data.read() == 1, "the message has arrived");
            }
        };
    };
    expect_pass(two("checker: message passing, released and acquired", sender(release), receiver(acquire)));
    expect_failure(two("sender relaxed", sender(relaxed), receiver(acquire)), FailureKind::data_race);
    expect_failure(two("receiver relaxed", sender(release), receiver(relaxed)), FailureKind::data_race);
}

TEST_CASE("atomic objects: construction and destruction are accesses that may race")
{
    struct Place {
        alignas(Integer) std::array<std::byte, sizeof(Integer)> bytes{};
        ModelAtomics::atomic<Integer*> published{nullptr};
        Integer used{0};
    };
    const auto program = [](auto publish, auto use, bool destroy, auto done) {
        return [=](Scenario& scenario) {
            Place& place = scenario.make<Place>();
            scenario.thread("A", [&place, publish, done, destroy] {
                Integer* const object = new (place.bytes.data()) Integer{7};
                place.published.store(object, publish);
                if (destroy) {
                    ModelAtomics::wait_until(place.used, done, is_set);
                    std::destroy_at(object);
                }
            });
            scenario.thread("B", [&place, use] {
                Integer* const object =
                    ModelAtomics::wait_until(place.published, use, [](Integer* value) { return value != nullptr; });
                check(object->load(relaxed) == 7, "the initial value is seen");
                place.used.store(1, release);
            });
        };
    };
    expect_pass({"checker: an object is published and destroyed", program(release, acquire, true, acquire), {}});
    expect_failure({"published relaxed", program(relaxed, acquire, false, acquire), {}}, FailureKind::data_race);
    expect_failure({"used relaxed", program(release, relaxed, false, acquire), {}}, FailureKind::data_race);
    expect_failure({"destroyed unordered", program(release, acquire, true, relaxed), {}}, FailureKind::data_race);
}

TEST_CASE("use after destruction is found")
{
    struct Place {
        alignas(Integer) std::array<std::byte, sizeof(Integer)> bytes{};
    };
    const Program program = [](Scenario& scenario) {
        Place& place = scenario.make<Place>();
        Integer* const object = new (place.bytes.data()) Integer{0};
        scenario.thread("A", [object] { std::destroy_at(object); });
        scenario.thread("B", [object] { object->store(1, relaxed); });
    };
    // Whichever comes first: the destruction races with the use, or the use finds no object.
    const Result result = explore({}, program);
    REQUIRE(result.failure.has_value());
    CHECK((result.failure->kind == FailureKind::lifetime || result.failure->kind == FailureKind::data_race));
}

// ---- deadlock and spinning -----------------------------------------------------------------------------------------

TEST_CASE("a deadlock is found, and says who waits where")
{
    const auto first = [](State& state) {
        ModelAtomics::wait_until(state.flag, acquire, is_set);
        state.other.store(1, release);
    };
    const auto second = [](State& state) {
        ModelAtomics::wait_until(state.other, acquire, is_set);
        state.flag.store(1, release);
    };
    const Failure failure = expect_failure(two("crossed waits", first, second), FailureKind::deadlock);
    CHECK(contains(failure.message, "A waits at"));
    CHECK(contains(failure.message, "B waits at"));
}

TEST_CASE("a value that may be missed is a deadlock")
{
    const auto blink = [](State& state) {
        state.flag.store(1, release);
        state.flag.store(0, release);
    };
    const auto waits = [](State& state) { ModelAtomics::wait_until(state.flag, acquire, is_set); };
    for (const Search search : {Search::dpor, Search::states, Search::interleavings}) {
        Options options;
        options.search = search;
        expect_failure(two("blinking flag", blink, waits, options), FailureKind::deadlock);
    }
}

TEST_CASE("unbounded spinning is found: without pause, with pause, and with writes in the loop")
{
    const auto forget = [](State& state) { state.other.store(1, release); };
    const auto without_pause = [](State& state) {
        while (state.flag.load(acquire) == 0) {
        }
    };
    const auto with_pause = [](State& state) {
        const int other = state.other.load(relaxed);
        while (state.flag.load(acquire) == 0) {
            ModelAtomics::pause();
        }
        check(other == 0, "unreachable");
    };
    const auto with_writes = [](State& state) {
        while (state.flag.exchange(1, acquire) != 2) {
            ModelAtomics::pause();
        }
    };
    for (const Search search : {Search::dpor, Search::states}) {
        Options options;
        options.search = search;
        expect_failure(two("without pause", forget, without_pause, options), FailureKind::unbounded_spinning);
        expect_failure(two("with pause", forget, with_pause, options), FailureKind::unbounded_spinning);
        expect_failure(two("with writes", forget, with_writes, options), FailureKind::unbounded_spinning);
    }
}

TEST_CASE("spinning that depends on what was read before the loop is found")
{
    // Only a thread that missed `other` waits for a flag that never comes; what it read before the loop is old by then.
    const auto sets = [](State& state) { state.other.store(1, relaxed); };
    const auto spins = [](State& state) {
        if (state.other.load(relaxed) == 0) {
            while (state.flag.load(acquire) == 0) {
                ModelAtomics::pause();
            }
        }
    };
    expect_failure(two("spins if it missed", sets, spins), FailureKind::unbounded_spinning);
}

TEST_CASE("a loop with pause ends when what it waits for comes")
{
    const auto sets = [](State& state) {
        state.data.write() = 1;
        state.flag.store(1, release);
    };
    const auto spins = [](State& state) {
        while (state.flag.load(acquire) == 0) {
            ModelAtomics::pause();
        }
        check(state.data.read() == 1, "the message has arrived");
    };
    expect_pass(two("checker: a loop with pause", sets, spins));
    const auto waits = [](State& state) {
        ModelAtomics::wait_until(state.flag, acquire, is_set);
        check(state.data.read() == 1, "the message has arrived");
    };
    const Result result = expect_pass(two("checker: the same with wait_until", sets, waits));
    CHECK(result.executions == 1);
    CHECK(result.blocked == 0);
}

// ---- misuse of the checker -----------------------------------------------------------------------------------------

TEST_CASE("a program that is not deterministic is found out")
{
    int runs = 0;
    const Program program = [&runs](Scenario& scenario) {
        State& state = scenario.make<State>();
        const int run = runs++;
        scenario.thread("A", [&state, run] { state.flag.store(run, relaxed); });
        scenario.thread("B", [&state] { static_cast<void>(state.flag.load(relaxed)); });
    };
    expect_failure({"depends on a counter", program, {}}, FailureKind::not_deterministic);
}

TEST_CASE("programs that are too large are told so")
{
    const Program five = [](Scenario& scenario) {
        for (int thread = 0; thread < max_threads + 1; ++thread) {
            scenario.thread("T", [] {});
        }
    };
    expect_failure({"five threads", five, {}}, FailureKind::limit);
    const auto many = [](State& state) {
        for (int round = 0; round < 70; ++round) {
            state.flag.store(round, seq_cst);
        }
    };
    expect_failure(two("seq_cst", many, nothing), FailureKind::limit);
}

TEST_CASE("an exploration that was cut short is not a pass")
{
    Options options;
    options.max_executions = 3;
    const auto adds = [](State& state) {
        for (int round = 0; round < 4; ++round) {
            state.flag.fetch_add(1, relaxed);
        }
    };
    const ModelTest test = two("cut short", adds, adds, options);
    const Result result = explore(test.options, test.program);
    CHECK(!result.failure.has_value());
    CHECK(!result.passed());
    CHECK(result.executions == 3);
}

TEST_CASE("checks fail in the set-up and at the end as well")
{
    const Program in_set_up = [](Scenario&) { check(false, "set-up"); };
    const Program at_end = [](Scenario& scenario) { scenario.finally([] { check(false, "end"); }); };
    CHECK(contains(expect_failure({"set-up", in_set_up, {}}, FailureKind::assertion).message, "set-up"));
    CHECK(contains(expect_failure({"end", at_end, {}}, FailureKind::assertion).message, "end"));
}

// ---- the trace -----------------------------------------------------------------------------------------------------

TEST_CASE("a failing execution is printed step by step")
{
    const auto sender = [](State& state) {
        state.data.write() = 42;
        state.flag.store(1, relaxed);
    };
    const auto receiver = [](State& state) {
        int expected = 1;
        if (state.flag.compare_exchange_strong(expected, 2, acquire, relaxed)) {
            check(state.data.read() == 42, "the message has arrived");
        }
    };
    const Failure failure = expect_failure(two("printed", sender, receiver), FailureKind::data_race);
    CHECK(contains(failure.message, "the read of a plain variable is unordered with the write by thread A at"));
    CHECK(contains(failure.trace, "1  A          state.data.write"));
    CHECK(contains(failure.trace, "2  A          state.flag.store relaxed"));
    CHECK(contains(failure.trace, "= 1"));
    CHECK(contains(failure.trace, "3  B          state.flag.compare_exchange_strong acquire"));
    CHECK(contains(failure.trace, "1 -> 2, from step 2"));
    CHECK(contains(failure.trace, "4  B          state.data.read"));
    CHECK(contains(failure.trace, "tests/model/checker_test.cpp:"));
    CHECK(contains(failure.trace, "modification order of state.flag: step 2 (1), step 3 (2)"));
}

TEST_SUITE_END();

}  // namespace pegplan::model
