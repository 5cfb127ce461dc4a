// Model tests of <pegplan/lockfree/work_deque.hpp>.
#include <pegplan/lockfree/work_deque.hpp>

#include "model_test.hpp"

#include <doctest/doctest.h>

#include <array>

namespace pegplan::model {

namespace {

constexpr std::size_t most_items = 4;

struct Item {
    ModelAtomics::plain<int> content{0};
    ModelAtomics::plain<int> taken{0};
};

template <std::size_t Slots>
struct State {
    WorkDeque<Item*, Slots, ModelAtomics> deque;
    std::array<Item, most_items> items;
    std::size_t pushed = 0;
    int popped = 0;
    std::array<int, max_threads> stolen{};
    std::array<int, max_threads> lost{};

    explicit State(Scenario& scenario) { scenario.name(deque, "deque"); }

    /// Who has an item sees what is in it, and nobody else has it: else this is a data race.
    static void take(Item& item)
    {
        check(item.content.read() == 1, "what was written before the push is there");
        item.taken.write() = item.taken.read() + 1;
    }

    /// 'u' pushes an item, 'o' pops one.
    void own(std::string_view script)
    {
        for (const char action : script) {
            if (action == 'u') {
                Item& item = items[pushed];
                item.content.write() = 1;
                if (deque.try_push(&item)) {
                    ++pushed;
                }
            } else if (const std::optional<Item*> item = deque.try_pop()) {
                take(**item);
                ++popped;
            }
        }
    }

    void steal(std::size_t thief, int tries)
    {
        for (int turn = 0; turn < tries; ++turn) {
            const Stolen<Item*> result = deque.try_steal();
            if (result.outcome == StealOutcome::stolen) {
                take(*result.item);
                ++stolen[thief];
            } else if (result.outcome == StealOutcome::lost_race) {
                ++lost[thief];
            }
        }
    }
};

/// An owner beside thieves. Outcome: items pushed, popped by the owner, stolen, races lost.
template <std::size_t Slots>
ModelTest stealing(std::string script, int thieves, int tries)
{
    const std::string name = "WorkDeque: " + script + " in " + std::to_string(Slots) +
                             (Slots == 1 ? " slot, " : " slots, ") + std::to_string(thieves) +
                             (thieves == 1 ? " thief of " : " thieves of ") + std::to_string(tries);
    return {name,
            [=](Scenario& scenario) {
                State<Slots>& state = scenario.make<State<Slots>>(scenario);
                scenario.thread("owner", [&state, script] { state.own(script); });
                for (int thief = 0; thief < thieves; ++thief) {
                    scenario.thread("thief" + std::to_string(thief),
                                    [&state, thief, tries] { state.steal(static_cast<std::size_t>(thief), tries); });
                }
                scenario.finally([&state] {
                    int stolen = 0;
                    int lost = 0;
                    for (std::size_t thief = 0; thief < max_threads; ++thief) {
                        stolen += state.stolen[thief];
                        lost += state.lost[thief];
                    }
                    observe(static_cast<int>(state.pushed));
                    observe(state.popped);
                    observe(stolen);
                    observe(lost);
                    while (const std::optional<Item*> item = state.deque.try_pop()) {
                        State<Slots>::take(**item);
                    }
                    for (std::size_t index = 0; index < most_items; ++index) {
                        check(state.items[index].taken.read() == (index < state.pushed ? 1 : 0),
                              "every item was taken once");
                    }
                });
            },
            {}};
}

}  // namespace

TEST_CASE("WorkDeque: every item is taken once" * doctest::test_suite("quick"))
{
    const Result one = expect_pass(stealing<2>("uo", 1, 1));
    CHECK(one.outcomes.contains({1, 1, 0, 0}));  // the thief came too early or too late
    CHECK(one.outcomes.contains({1, 1, 0, 1}));  // … or lost
    CHECK(one.outcomes.contains({1, 0, 1, 0}));
    CHECK(one.outcomes.size() == 3);
    expect_pass(stealing<2>("uuoo", 1, 1));
    expect_pass(stealing<2>("uuo", 1, 2));
    expect_pass(stealing<2>("uo", 2, 1));
    expect_pass(stealing<2>("uuo", 2, 2));
    expect_pass(stealing<2>("uuouo", 1, 2));
    const Result wrapping = expect_pass(stealing<1>("uouo", 1, 2));
    CHECK(wrapping.outcomes.contains({2, 0, 2, 0}));
    const Result full = expect_pass(stealing<1>("uu", 1, 1));
    CHECK(full.outcomes.contains({1, 0, 0, 0}));
    CHECK(full.outcomes.contains({2, 0, 1, 0}));
    CHECK(!full.outcomes.contains({2, 0, 0, 0}));  // the second fits only when the first is gone
}

TEST_CASE("WorkDeque: larger" * doctest::test_suite("slow"))
{
    expect_pass(stealing<2>("uuouoo", 1, 3));
    expect_pass(stealing<2>("uuouo", 2, 2));
    expect_pass(stealing<1>("uuouo", 2, 2));
    expect_pass(stealing<2>("uuo", 3, 1));
}

TEST_CASE("WorkDeque: mutants" * doctest::test_suite("quick"))
{
    const ModelTest tests[] = {stealing<2>("uo", 1, 1),   stealing<2>("uuo", 1, 1), stealing<2>("uuo", 1, 2),
                               stealing<1>("uouo", 1, 2), stealing<2>("uo", 2, 1),  stealing<2>("uuo", 2, 2)};
    constexpr std::string_view reason =
        "the thief would read what is written because of its own exchange: load buffering, which is not modelled";
    const Equivalent equivalent[] = {
        {"try_push: top_.load acquire -> relaxed", reason},
        {"try_steal: top_.compare_exchange_strong success release -> relaxed", reason},
    };
    expect_caught("pegplan/lockfree/work_deque.hpp", tests, equivalent);
}

}  // namespace pegplan::model
