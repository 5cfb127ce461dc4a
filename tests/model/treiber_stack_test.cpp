// Model tests of <pegplan/lockfree/treiber_stack.hpp>.
#include <pegplan/lockfree/treiber_stack.hpp>

#include "model_test.hpp"

#include <doctest/doctest.h>

#include <array>
#include <span>

namespace pegplan::model {

namespace {

constexpr std::size_t nodes = 3;
constexpr int full_tag = 64 - std::bit_width(nodes);

struct Node : TreiberLink<ModelAtomics> {
    ModelAtomics::plain<int> content{0};
};

template <int TagBits>
struct State {
    std::array<Node, nodes> node;
    TreiberStack<Node, nodes, ModelAtomics, TagBits> stack{std::span<Node, nodes>{node}};

    State(Scenario& scenario, std::size_t pushed)
    {
        scenario.name(stack, "stack");
        for (std::size_t index = 0; index < nodes; ++index) {
            scenario.name(node[index], "node" + std::to_string(index));
        }
        for (std::size_t index = pushed; index-- > 0;) {
            stack.push(node[index]);  // node 0 is on top
        }
    }

    /// Whoever has popped a node has it alone: else this is a data race.
    Node* pop()
    {
        Node* const popped = stack.pop();
        if (popped != nullptr) {
            popped->content.write() = popped->content.read() + 1;
        }
        return popped;
    }

    int drain()
    {
        std::array<bool, nodes> seen{};
        int count = 0;
        while (Node* const popped = stack.pop()) {
            const auto index = static_cast<std::size_t>(popped - node.data());
            check(!seen[index], "no node is in the stack twice");
            seen[index] = true;
            ++count;
        }
        return count;
    }
};

/// What a thread does: '-' pops, '+' pushes the node that it has had longest.
template <int TagBits>
void perform(State<TagBits>& state, std::string_view script)
{
    std::array<Node*, nodes> held{};
    std::size_t first = 0;
    std::size_t end = 0;
    for (const char action : script) {
        if (action == '-') {
            if (Node* const popped = state.pop()) {
                held[end++] = popped;
            }
        } else if (first < end) {
            state.stack.push(*held[first++]);
        }
    }
    while (first < end) {
        state.stack.push(*held[first++]);
    }
}

/// Threads that do this, with so many nodes in the stack at the start. In the end all are there again.
template <int TagBits = full_tag>
ModelTest mixed(std::vector<std::string> scripts, std::size_t pushed, int spurious_failures = 0)
{
    Options options;
    options.max_spurious_failures = spurious_failures;
    std::string name = "TreiberStack: " + std::to_string(pushed) + (pushed == 1 ? " node, " : " nodes, ");
    for (const std::string& script : scripts) {
        name += (&script == &scripts.front() ? "" : " beside ") + script;
    }
    name += spurious_failures > 0 ? ", spurious failures" : "";
    return {name,
            [=](Scenario& scenario) {
                State<TagBits>& state = scenario.make<State<TagBits>>(scenario, pushed);
                for (std::size_t thread = 0; thread < scripts.size(); ++thread) {
                    scenario.thread(std::string(1, static_cast<char>('A' + thread)),
                                    [&state, script = scripts[thread]] { perform(state, script); });
                }
                scenario.finally([&state, pushed] {
                    check(state.drain() == static_cast<int>(pushed), "no node is lost");
                });
            },
            options};
}

/// Producers push nodes of their own, while a consumer pops. Outcome: how many it got.
ModelTest handing_over(int producers, int tries)
{
    return {"TreiberStack: " + std::to_string(producers) + " pushed beside " + std::to_string(tries) + " pops",
            [=](Scenario& scenario) {
                struct HandState : State<full_tag> {
                    explicit HandState(Scenario& inner) : State{inner, 0} {}
                    int got = 0;
                };
                HandState& state = scenario.make<HandState>(scenario);
                for (int producer = 0; producer < producers; ++producer) {
                    scenario.thread("producer" + std::to_string(producer), [&state, producer] {
                        Node& node = state.node[static_cast<std::size_t>(producer)];
                        node.content.write() = 7;
                        state.stack.push(node);
                    });
                }
                scenario.thread("consumer", [&state, tries] {
                    for (int turn = 0; turn < tries; ++turn) {
                        if (Node* const node = state.stack.pop()) {
                            check(node->content.read() == 7, "what was written before the push is there");
                            ++state.got;
                        }
                    }
                });
                scenario.finally([&state, producers] {
                    observe(state.got);
                    check(state.drain() == producers - state.got, "no node is lost");
                });
            },
            {}};
}

}  // namespace

TEST_CASE("TreiberStack: every node has one owner" * doctest::test_suite("quick"))
{
    expect_pass(mixed<>({"-", "-"}, 1));
    expect_pass(mixed<>({"-", "-"}, 2));
    expect_pass(mixed<>({"-", "--"}, 2));
    expect_pass(mixed<>({"--", "--"}, 2));
    expect_pass(mixed<>({"-", "-"}, 2, 1));
    const Result result = expect_pass(handing_over(2, 2));
    for (int got = 0; got <= 2; ++got) {
        CHECK(result.outcomes.contains({got}));
    }
}

TEST_CASE("TreiberStack: a node that comes back is told from what it was" * doctest::test_suite("quick"))
{
    // The second thread pops both nodes and pushes the first one again, while the first thread stands in pop.
    expect_pass(mixed<>({"-", "--+"}, 3));
    const Failure untagged = expect_failure(mixed<0>({"-", "--+"}, 3), FailureKind::data_race);
    CHECK(untagged.trace.find("stack") != std::string::npos);
    // One bit of tag does not tell apart what two pushes are between.
    CHECK(explore({}, mixed<1>({"-", "--+"}, 2).program).failure.has_value());
}

TEST_CASE("TreiberStack: larger" * doctest::test_suite("slow"))
{
    expect_pass(mixed<>({"-", "-", "-"}, 2));
    expect_pass(mixed<>({"--", "--+"}, 3));
    expect_pass(mixed<>({"-+-", "--+"}, 3));
    expect_pass(mixed<>({"-", "-", "--"}, 2));
}

TEST_CASE("TreiberStack: misuse is an invariant" * doctest::test_suite("quick"))
{
    const auto misuse = [](auto act) {
        return [act](Scenario& scenario) {
            State<full_tag>& state = scenario.make<State<full_tag>>(scenario, 1);
            scenario.thread("A", [&state, act] { act(state); });
        };
    };
    const Failure twice = expect_failure(
        {"TreiberStack: pushed twice", misuse([](auto& state) { state.stack.push(state.node[0]); }), {}},
        FailureKind::assertion);
    CHECK(twice.message.find("in a stack already") != std::string::npos);
    const Failure foreign =
        expect_failure({"TreiberStack: not of the array", misuse([](auto& state) {
                            Node& beyond = *(state.node.data() + nodes);
                            state.stack.push(beyond);
                        }),
                        {}},
                       FailureKind::assertion);
    CHECK(foreign.message.find("not one of its array") != std::string::npos);
}

TEST_CASE("TreiberStack: mutants" * doctest::test_suite("quick"))
{
    const ModelTest tests[] = {handing_over(1, 1), handing_over(2, 2), mixed<>({"-", "-"}, 2)};
    expect_caught("pegplan/lockfree/treiber_stack.hpp", tests);
}

}  // namespace pegplan::model
