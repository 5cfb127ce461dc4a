// Model tests of <pegplan/epoch.hpp>.
#include <pegplan/epoch.hpp>

#include "left.hpp"
#include "model_test.hpp"

#include <doctest/doctest.h>

#include <array>
#include <optional>

namespace pegplan::model {

namespace {

constexpr std::size_t most_nodes = 3;

struct Node : EpochLink<ModelAtomics> {
    ModelAtomics::plain<int> content{1};  ///< 0 when reclaimed

    static void reclaim(Node& node) { node.content.write() = 0; }
};

constexpr auto reclaim = [](Node& node) { Node::reclaim(node); };

template <std::size_t Participants, std::size_t GarbageLimit = most_nodes>
struct State {
    using Domain = Epoch<Participants, GarbageLimit, ModelAtomics>;

    Left<Domain> epoch;
    std::array<Node, most_nodes> nodes;
    ModelAtomics::atomic<Node*> shared{nullptr};
    std::array<Left<std::optional<typename Domain::Participant>>, Participants> participants;
    std::array<int, max_threads> seen{};
    std::array<int, max_threads> advanced{};
    std::array<int, max_threads> retired{};

    explicit State(Scenario& scenario)
    {
        scenario.name(epoch, "epoch");
        scenario.name(shared, "shared");
        for (auto& participant : participants) {
            participant->emplace(std::move(*epoch->join()));
        }
        shared.store(&nodes[0], std::memory_order_relaxed);
    }

    auto pin(std::size_t participant) { return (**participants[participant]).pin(); }

    /// Follows the shared pointer: what it leads to must not be reclaimed meanwhile.
    void read(std::size_t participant)
    {
        const auto guard = pin(participant);
        const Node* const node = shared.load(std::memory_order_acquire);
        if (node != nullptr) {
            check(node->content.read() == 1, "the node has not been reclaimed");
            seen[participant] = static_cast<int>(node - nodes.data()) + 1;
        }
    }

    /// Puts the next node (null: none) into the place of the shared one, and retires that.
    void replace(std::size_t participant, Node* next)
    {
        const auto guard = pin(participant);
        Node* const old = shared.exchange(next, std::memory_order_acq_rel);
        if (old != nullptr && guard.retire(*old, reclaim)) {
            ++retired[participant];
        }
    }

    void advance(std::size_t thread, int times)
    {
        for (int turn = 0; turn < times; ++turn) {
            advanced[thread] += epoch->try_advance() ? 1 : 0;
        }
    }

    void check_all_reclaimed(std::size_t count)
    {
        for (int turn = 0; turn < 3; ++turn) {
            check(epoch->try_advance(), "when nobody is pinned, the epoch moves on");
        }
        check(epoch->garbage() == 0, "nothing waits any more");
        for (std::size_t index = 0; index < count; ++index) {
            check(nodes[index].content.read() == 0, "every node is reclaimed");
        }
    }
};

/// One thread reads, another unlinks, retires and then advances, and perhaps a third one only advances. Outcome:
/// whether the node was seen, how often the epoch moved on, and whether the node was reclaimed.
ModelTest reading(int reads, int retirer_advances, int advancer_advances = 0)
{
    const std::string name = "Epoch: " + std::to_string(reads) + (reads == 1 ? " read" : " reads") +
                             " beside 1 retired and " + std::to_string(retirer_advances) + " + " +
                             std::to_string(advancer_advances) + " advances";
    return {name,
            [=](Scenario& scenario) {
                using Shared = State<2>;
                Shared& state = scenario.make<Shared>(scenario);
                scenario.thread("reader", [&state, reads] {
                    for (int turn = 0; turn < reads; ++turn) {
                        state.read(0);
                    }
                });
                scenario.thread("retirer", [=, &state] {
                    state.replace(1, nullptr);
                    state.advance(1, retirer_advances);
                });
                if (advancer_advances > 0) {
                    scenario.thread("advancer", [=, &state] { state.advance(2, advancer_advances); });
                }
                scenario.finally([&state] {
                    observe(state.seen[0]);
                    observe(state.advanced[1] + state.advanced[2]);
                    observe(state.nodes[0].content.read());
                    state.check_all_reclaimed(1);
                });
            },
            {}};
}

/// Two threads replace the shared node and retire the old one, and advance.
ModelTest replacing(int advances)
{
    return {"Epoch: 2 retire 1, and advance " + std::to_string(advances) + (advances == 1 ? " time" : " times"),
            [=](Scenario& scenario) {
                using Shared = State<2>;
                Shared& state = scenario.make<Shared>(scenario);
                for (std::size_t thread = 0; thread < 2; ++thread) {
                    scenario.thread("retirer" + std::to_string(thread), [=, &state] {
                        state.nodes[thread + 1].content.write() = 1;
                        state.replace(thread, &state.nodes[thread + 1]);
                        state.advance(thread, advances);
                    });
                }
                scenario.finally([&state] {
                    observe(state.advanced[0] + state.advanced[1]);
                    state.replace(0, nullptr);
                    state.check_all_reclaimed(3);
                });
            },
            {}};
}

/// The epoch moves on, then somebody fails to move it on, while others go on with what the first has done: who advances
/// must know about all who did before, or an old epoch comes back and its bin is emptied too early.
ModelTest advancing(int advancers)
{
    return {"Epoch: " + std::to_string(advancers) + (advancers == 1 ? " advances" : " advance") +
                " beside 1 that is pinned",
            [=](Scenario& scenario) {
                using Shared = State<1>;
                Shared& state = scenario.make<Shared>(scenario);
                scenario.thread("retirer", [=, &state] {
                    {
                        const auto guard = state.pin(0);
                        state.advance(0, 1);
                    }
                    state.replace(0, nullptr);
                });
                for (std::size_t thread = 1; thread <= static_cast<std::size_t>(advancers); ++thread) {
                    scenario.thread("advancer" + std::to_string(thread), [=, &state] { state.advance(thread, 1); });
                }
                scenario.finally([&state] {
                    observe(state.advanced[0]);
                    observe(state.advanced[1] + state.advanced[2]);
                    check(state.nodes[0].content.read() == 1, "it cannot be reclaimed yet");
                    state.check_all_reclaimed(1);
                });
            },
            {}};
}

/// Three threads retire a node of their own each, where two may wait. Outcome: how many were refused.
ModelTest refusing()
{
    return {"Epoch: 3 retire 1 where 2 may wait",
            [](Scenario& scenario) {
                using Shared = State<3, 2>;
                Shared& state = scenario.make<Shared>(scenario);
                for (std::size_t thread = 0; thread < 3; ++thread) {
                    scenario.thread("retirer" + std::to_string(thread), [=, &state] {
                        const auto guard = state.pin(thread);
                        state.retired[thread] = guard.retire(state.nodes[thread], reclaim) ? 1 : 0;
                    });
                }
                scenario.finally([&state] {
                    int retired = 0;
                    for (std::size_t thread = 0; thread < 3; ++thread) {
                        retired += state.retired[thread];
                    }
                    observe(3 - retired);
                    check(state.epoch->garbage() == static_cast<std::size_t>(retired), "what was not refused waits");
                    for (int turn = 0; turn < 3; ++turn) {
                        check(state.epoch->try_advance(), "when nobody is pinned, the epoch moves on");
                    }
                    for (std::size_t thread = 0; thread < 3; ++thread) {
                        check(state.nodes[thread].content.read() == (state.retired[thread] != 0 ? 0 : 1),
                              "what was not refused is reclaimed");
                    }
                });
            },
            {}};
}

/// A slot goes from one participant to the next: its plain part with it.
ModelTest joining()
{
    return {"Epoch: 2 join where there is 1 slot",
            [](Scenario& scenario) {
                struct JoinState {
                    Left<Epoch<1, 1, ModelAtomics>> epoch;
                    std::array<int, 2> joined{};
                };
                JoinState& state = scenario.make<JoinState>();
                scenario.name(state.epoch, "epoch");
                for (std::size_t thread = 0; thread < 2; ++thread) {
                    scenario.thread(std::string(1, static_cast<char>('A' + thread)), [=, &state] {
                        if (const auto participant = state.epoch->join()) {
                            const auto guard = participant->pin();
                            const auto nested = participant->pin();
                            state.joined[thread] = 1;
                        }
                    });
                }
                scenario.finally([&state] { observe(state.joined[0] + state.joined[1]); });
            },
            {}};
}

}  // namespace

TEST_CASE("Epoch: what somebody can see is not reclaimed" * doctest::test_suite("quick"))
{
    const Result result = expect_pass(reading(1, 3));
    CHECK(result.outcomes.contains({1, 3, 0}));  // seen, and reclaimed afterwards
    CHECK(result.outcomes.contains({0, 3, 0}));
    CHECK(result.outcomes.contains({1, 1, 1}));  // the reader held it up
    expect_pass(reading(2, 3));
    expect_pass(reading(1, 0, 3));
    expect_pass(reading(1, 2, 2));
    expect_pass(replacing(1));
    expect_pass(advancing(1));
    const Result advanced = expect_pass(advancing(2));
    CHECK(advanced.outcomes.contains({1, 2}));
    CHECK(advanced.outcomes.contains({0, 1}));
}

TEST_CASE("Epoch: garbage has a limit, slots have one owner" * doctest::test_suite("quick"))
{
    const Result refused = expect_pass(refusing());
    CHECK(refused.outcomes.contains({1}));
    CHECK(refused.outcomes.size() == 1);
    const Result joined = expect_pass(joining());
    CHECK(joined.outcomes.contains({1}));
    CHECK(joined.outcomes.contains({2}));
}

TEST_CASE("Epoch: larger" * doctest::test_suite("slow"))
{
    expect_pass(reading(2, 0, 3));
    expect_pass(reading(1, 3, 2));
    expect_pass(replacing(2));
}

TEST_CASE("Epoch: misuse is an invariant" * doctest::test_suite("quick"))
{
    const Program program = [](Scenario& scenario) {
        struct JoinState {
            Left<Epoch<1, 1, ModelAtomics>> epoch;
        };
        JoinState& state = scenario.make<JoinState>();
        scenario.thread("A", [&state] {
            std::optional participant{std::move(*state.epoch->join())};
            const auto guard = participant->pin();
            participant.reset();
        });
    };
    const Failure failure = expect_failure({"Epoch: left while pinned", program, {}}, FailureKind::assertion);
    CHECK(failure.message.find("leaves while it is pinned") != std::string::npos);
}

TEST_CASE("Epoch: mutants" * doctest::test_suite("quick"))
{
    const ModelTest tests[] = {joining(),    reading(1, 3),    advancing(1),
                               advancing(2), reading(1, 0, 3), reading(2, 0, 3)};
    expect_caught("pegplan/epoch.hpp", tests);
}

}  // namespace pegplan::model
