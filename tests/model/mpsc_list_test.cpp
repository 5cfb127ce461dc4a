// Model tests of pegplan/lockfree/mpsc_list.hpp.
#include <pegplan/lockfree/mpsc_list.hpp>

#include "model_test.hpp"

#include <doctest/doctest.h>

#include <array>

namespace pegplan::model {

namespace {

struct Item : MpscLink<Item, ModelAtomics> {
    ModelAtomics::plain<int> content{0};
};

using List = MpscList<Item, ModelAtomics>;

constexpr int most_items = 3;  // of one producer

struct State {
    List list;
    std::array<std::array<Item, most_items>, max_threads> items;
    std::array<int, max_threads> popped{};  // by producer

    /// The content says whose and the how manieth it is.
    static int content(int producer, int number) { return producer * 10 + number + 1; }

    bool push(int producer, int number)
    {
        Item& item = items[static_cast<std::size_t>(producer)][static_cast<std::size_t>(number)];
        item.content.write() = content(producer, number);
        return list.push(item);
    }

    /// Whoever pops an item must see what is in it, and each producer's in order.
    void receive(Item& item)
    {
        const int producer = item.content.read() / 10;
        int& count = popped[static_cast<std::size_t>(producer)];
        check(item.content.read() == content(producer, count), "items of one producer come out in order");
        ++count;
    }

    bool receive_one()
    {
        Item* const item = list.pop();
        if (item != nullptr) {
            receive(*item);
        }
        return item != nullptr;
    }
};

State& set_up(Scenario& scenario)
{
    State& state = scenario.make<State>();
    scenario.name(state.list, "list");
    for (std::size_t producer = 0; producer < max_threads; ++producer) {
        for (std::size_t number = 0; number < most_items; ++number) {
            scenario.name(state.items[producer][number],
                          "item" + std::to_string(producer) + "." + std::to_string(number));
        }
    }
    return state;
}

std::string title(int producers, int items)
{
    return "MpscList: " + std::to_string(producers) + (producers == 1 ? " producer of " : " producers of ") +
           std::to_string(items);
}

/// The consumer polls, with pauses, until it has everything.
ModelTest polling(int producers, int items, int spurious_failures = 0)
{
    Options options;
    options.max_spurious_failures = spurious_failures;
    const std::string name =
        title(producers, items) + ", polled" + (spurious_failures > 0 ? ", spurious failures" : "");
    return {name,
            [=](Scenario& scenario) {
                State& state = set_up(scenario);
                for (int producer = 0; producer < producers; ++producer) {
                    scenario.thread("producer" + std::to_string(producer), [=, &state] {
                        for (int number = 0; number < items; ++number) {
                            state.push(producer, number);
                        }
                    });
                }
                scenario.thread("consumer", [=, &state] {
                    for (int left = producers * items; left > 0;) {
                        if (state.receive_one()) {
                            --left;
                        } else {
                            ModelAtomics::pause();
                        }
                    }
                });
                scenario.finally([&state] { check(state.list.pop() == nullptr, "nothing comes twice"); });
            },
            options};
}

/// The consumer sleeps when it finds nothing; a producer wakes it when push says so. No wake-up may get lost.
ModelTest waking(int producers, int items)
{
    return {title(producers, items) + ", consumer is woken",
            [=](Scenario& scenario) {
                struct WakeState {
                    ModelAtomics::atomic<int> wake_ups{0};
                };
                State& state = set_up(scenario);
                WakeState& wake = scenario.make<WakeState>();
                scenario.name(wake, "wake");
                for (int producer = 0; producer < producers; ++producer) {
                    scenario.thread("producer" + std::to_string(producer), [=, &state, &wake] {
                        for (int number = 0; number < items; ++number) {
                            if (state.push(producer, number)) {
                                wake.wake_ups.fetch_add(1, std::memory_order_release);
                            }
                        }
                    });
                }
                scenario.thread("consumer", [=, &state, &wake] {
                    int seen = 0;
                    for (int left = producers * items; left > 0;) {
                        if (state.receive_one()) {
                            --left;
                        } else {
                            seen = ModelAtomics::wait_until(wake.wake_ups, std::memory_order_acquire,
                                                            [seen](int count) { return count != seen; });
                        }
                    }
                });
            },
            {}};
}

/// The consumer pushes what it pops once more, while a producer is at it: items that come back must not confuse anyone.
ModelTest returning(int items)
{
    return {title(1, items) + ", items come back",
            [=](Scenario& scenario) {
                State& state = set_up(scenario);
                scenario.thread("producer", [=, &state] {
                    for (int number = 0; number < items; ++number) {
                        state.push(0, number);
                    }
                });
                scenario.thread("consumer", [=, &state] {
                    Item* first = nullptr;
                    for (int left = items; left > 0;) {
                        Item* const item = state.list.pop();
                        if (item == nullptr) {
                            ModelAtomics::pause();
                            continue;
                        }
                        if (first == nullptr) {
                            first = item;
                            state.list.push(*item);
                            continue;
                        }
                        --left;
                    }
                });
                scenario.finally([&state] { check(state.list.pop() == nullptr, "nothing comes twice"); });
            },
            {}};
}

}  // namespace

TEST_CASE("MpscList: everything arrives, once and in order" * doctest::test_suite("quick"))
{
    expect_pass(polling(1, 2));
    expect_pass(polling(2, 1));
    expect_pass(polling(2, 1, 1));
    expect_pass(returning(2));
}

TEST_CASE("MpscList: no wake-up gets lost" * doctest::test_suite("quick"))
{
    expect_pass(waking(1, 2));
    expect_pass(waking(2, 1));
}

TEST_CASE("MpscList: larger" * doctest::test_suite("slow"))
{
    expect_pass(polling(1, 3));
    expect_pass(polling(2, 2));
    expect_pass(polling(3, 1));
    expect_pass(waking(2, 2));
    expect_pass(returning(3));
}

TEST_CASE("MpscList: pushing an item twice is an invariant" * doctest::test_suite("quick"))
{
    const Program program = [](Scenario& scenario) {
        State& state = set_up(scenario);
        scenario.thread("producer", [&state] {
            state.push(0, 0);
            state.push(0, 0);
        });
    };
    const Failure failure = expect_failure({"MpscList: pushed twice", program, {}}, FailureKind::assertion);
    CHECK(failure.message.find("in a list already") != std::string::npos);
}

TEST_CASE("MpscList: mutants" * doctest::test_suite("quick"))
{
    const ModelTest tests[] = {polling(1, 1), polling(2, 1)};
    expect_caught("pegplan/lockfree/mpsc_list.hpp", tests);
}

}  // namespace pegplan::model
