// Model tests of <pegplan/lockfree/mpmc_queue.hpp>.
#include <pegplan/lockfree/mpmc_queue.hpp>

#include "model_test.hpp"

#include <doctest/doctest.h>

#include <array>

namespace pegplan::model {

namespace {

constexpr std::size_t cells = 2;

struct State {
    MpmcQueue<int, cells, ModelAtomics> queue;
    std::array<std::array<int, 4>, max_threads> popped{};  // by consumer, in order
    std::array<int, max_threads> count{};

    /// Values say whose they are and the how manieth.
    static int value(int producer, int number) { return producer * 10 + number + 1; }

    void take(int consumer, int value)
    {
        int& count_here = count[static_cast<std::size_t>(consumer)];
        popped[static_cast<std::size_t>(consumer)][static_cast<std::size_t>(count_here++)] = value;
    }

    /// Each of the producers' values came out once, and for each consumer those of one producer in order.
    void check_all(int producers, int each, int consumers)
    {
        std::array<std::array<int, 4>, max_threads> seen{};
        int total = 0;
        for (int consumer = 0; consumer < consumers; ++consumer) {
            std::array<int, max_threads> last{-1, -1, -1, -1};
            for (int index = 0; index < count[static_cast<std::size_t>(consumer)]; ++index) {
                const int got = popped[static_cast<std::size_t>(consumer)][static_cast<std::size_t>(index)] - 1;
                const auto producer = static_cast<std::size_t>(got / 10);
                const int number = got % 10;
                check(got >= 0 && got / 10 < producers && number < each, "it is a value that was pushed");
                check(++seen[producer][static_cast<std::size_t>(number)] == 1, "no value comes twice");
                check(number > last[producer], "values of one producer come out in order");
                last[producer] = number;
                ++total;
            }
        }
        check(total == producers * each, "every value comes out");
    }
};

/// Everybody goes on until all values are through.
ModelTest streaming(int producers, int each, int consumers, int spurious_failures = 0)
{
    Options options;
    options.max_spurious_failures = spurious_failures;
    const std::string name = "MpmcQueue: " + std::to_string(producers) +
                             (producers == 1 ? " producer of " : " producers of ") + std::to_string(each) + ", " +
                             std::to_string(consumers) +
                             (consumers == 1 ? " consumer" : " consumers") +
                             (spurious_failures > 0 ? ", spurious failures" : "");
    return {name,
            [=](Scenario& scenario) {
                State& state = scenario.make<State>();
                scenario.name(state.queue, "queue");
                for (int producer = 0; producer < producers; ++producer) {
                    scenario.thread("producer" + std::to_string(producer), [=, &state] {
                        for (int number = 0; number < each;) {
                            if (state.queue.try_push(State::value(producer, number))) {
                                ++number;
                            } else {
                                ModelAtomics::pause();
                            }
                        }
                    });
                }
                const int share = producers * each / consumers;
                for (int consumer = 0; consumer < consumers; ++consumer) {
                    scenario.thread("consumer" + std::to_string(consumer), [=, &state] {
                        for (int left = share; left > 0;) {
                            if (const std::optional<int> value = state.queue.try_pop()) {
                                state.take(consumer, *value);
                                --left;
                            } else {
                                ModelAtomics::pause();
                            }
                        }
                    });
                }
                scenario.finally([=, &state] {
                    check(!state.queue.try_pop().has_value(), "nothing is left");
                    state.check_all(producers, each, consumers);
                });
            },
            options};
}

/// Each thread tries a number of times, whatever comes of it. Outcomes: pushes and pops that succeeded.
ModelTest trying(int producers, int pushes, int consumers, int pops)
{
    const std::string name = "MpmcQueue: " + std::to_string(producers) + " try " + std::to_string(pushes) +
                             " pushes, " + std::to_string(consumers) + " try " + std::to_string(pops) + " pops";
    return {name,
            [=](Scenario& scenario) {
                struct TryState : State {
                    std::array<int, max_threads> pushed{};
                };
                TryState& state = scenario.make<TryState>();
                scenario.name(state.queue, "queue");
                for (int producer = 0; producer < producers; ++producer) {
                    scenario.thread("producer" + std::to_string(producer), [=, &state] {
                        for (int push = 0; push < pushes; ++push) {
                            int& pushed = state.pushed[static_cast<std::size_t>(producer)];
                            pushed += state.queue.try_push(State::value(producer, pushed)) ? 1 : 0;
                        }
                    });
                }
                for (int consumer = 0; consumer < consumers; ++consumer) {
                    scenario.thread("consumer" + std::to_string(consumer), [=, &state] {
                        for (int pop = 0; pop < pops; ++pop) {
                            if (const std::optional<int> value = state.queue.try_pop()) {
                                state.take(consumer, *value);
                            }
                        }
                    });
                }
                scenario.finally([=, &state] {
                    int pushed = 0;
                    int popped = 0;
                    for (const int count : state.pushed) {
                        pushed += count;
                    }
                    for (const int count : state.count) {
                        popped += count;
                    }
                    observe(pushed);
                    observe(popped);
                    while (state.queue.try_pop()) {
                        ++popped;
                    }
                    check(popped == pushed, "everything that was pushed comes out");
                });
            },
            {}};
}

}  // namespace

TEST_CASE("MpmcQueue: values arrive, once and in order" * doctest::test_suite("quick"))
{
    expect_pass(streaming(1, 3, 1));
    expect_pass(streaming(2, 1, 1));
    expect_pass(streaming(2, 1, 1, 1));
    expect_pass(streaming(1, 2, 2));
    expect_pass(streaming(2, 1, 2));
    expect_pass(streaming(2, 2, 1));
    expect_pass(trying(2, 2, 1, 2));
}

TEST_CASE("MpmcQueue: tries fail where they should" * doctest::test_suite("quick"))
{
    const Result full = expect_pass(trying(1, 3, 1, 1));
    CHECK(full.outcomes.contains({2, 0}));
    CHECK(full.outcomes.contains({2, 1}));
    CHECK(full.outcomes.contains({3, 1}));
    CHECK(!full.outcomes.contains({3, 0}));  // the third push fits only when a pop has made room
    const Result producers = expect_pass(trying(2, 2, 0, 0));
    CHECK(producers.outcomes.size() == 1);
    CHECK(producers.outcomes.contains({2, 0}));
    const Result empty = expect_pass(trying(2, 1, 1, 2));
    for (int popped = 0; popped <= 2; ++popped) {
        CHECK(empty.outcomes.contains({2, popped}));
    }
}

TEST_CASE("MpmcQueue: larger" * doctest::test_suite("slow"))
{
    expect_pass(streaming(1, 4, 1));
    expect_pass(streaming(1, 6, 1));
    expect_pass(streaming(3, 1, 1));
    expect_pass(streaming(1, 4, 2));
    expect_pass(streaming(2, 2, 2));
}

TEST_CASE("MpmcQueue: mutants" * doctest::test_suite("quick"))
{
    const ModelTest tests[] = {streaming(1, 1, 1), streaming(1, 3, 1)};
    expect_caught("pegplan/lockfree/mpmc_queue.hpp", tests);
}

}  // namespace pegplan::model
