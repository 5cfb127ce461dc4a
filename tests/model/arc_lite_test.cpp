// Model tests of <pegplan/arc_lite.hpp>.
#include <pegplan/arc_lite.hpp>

#include "left.hpp"
#include "model_test.hpp"

#include <doctest/doctest.h>

#include <array>
#include <vector>

namespace pegplan::model {

namespace {

/// What it holds is 1 while it lives.
struct Object {
    ModelAtomics::plain<int> content{1};

    ~Object() { content.write() = 0; }
    void use() const { check(content.read() == 1, "the object lives"); }
};

using Arc = ArcLite<Object, ModelAtomics>;
using Weak = WeakLite<Object, ModelAtomics>;

/// A pool without orders of its own, which counts, and writes over what comes back.
class Pool {
public:
    static constexpr std::size_t block_size = ArcStorage<Object, ModelAtomics>::block_size;
    static constexpr std::size_t block_alignment = ArcStorage<Object, ModelAtomics>::block_alignment;

    void* allocate() noexcept { return memory_; }
    void release(void* block) noexcept
    {
        check(block == memory_, "it is the block");
        returned.write() = returned.read() + 1;
    }

    ModelAtomics::plain<int> returned{0};

private:
    alignas(block_alignment) std::byte memory_[block_size];
};

struct State {
    Pool pool;
    std::array<Left<Arc>, max_threads> arcs;
    std::array<Left<Weak>, max_threads> weaks;
    std::array<int, max_threads> upgraded{};
};

/// What each thread does with the references that it has from the start. 'S': drops its strong reference, after having
/// used the object. 'C': copies it, drops it, uses the copy and drops that. 'D': downgrades it, drops it, upgrades.
/// 'W': drops its weak reference. 'U': upgrades it, uses the object if it lives, and drops both.
void perform(State& state, std::size_t thread, char action)
{
    Arc& arc = *state.arcs[thread];
    Weak& weak = *state.weaks[thread];
    switch (action) {
    case 'S':
        arc->use();
        arc.reset();
        break;
    case 'C': {
        const Arc copy = arc;
        arc.reset();
        copy->use();
        break;
    }
    case 'D':
        weak = arc.downgrade();
        arc.reset();
        [[fallthrough]];
    case 'U':
        if (const Arc upgraded = weak.upgrade()) {
            upgraded->use();
            state.upgraded[thread] = 1;
        }
        weak.reset();
        break;
    default:
        weak.reset();
        break;
    }
}

/// Outcome: of those who tried, how many could upgrade.
ModelTest dropping(std::string actions, int spurious_failures = 0)
{
    Options options;
    options.max_spurious_failures = spurious_failures;
    return {"ArcLite: " + actions + (spurious_failures > 0 ? ", spurious failures" : ""),
            [=](Scenario& scenario) {
                State& state = scenario.make<State>();
                {
                    const Arc first = *Arc::make(state.pool);
                    for (std::size_t thread = 0; thread < actions.size(); ++thread) {
                        if (actions[thread] == 'W' || actions[thread] == 'U') {
                            *state.weaks[thread] = first.downgrade();
                        } else {
                            *state.arcs[thread] = first;
                        }
                    }
                }
                for (std::size_t thread = 0; thread < actions.size(); ++thread) {
                    scenario.thread(std::string(1, static_cast<char>('A' + thread)),
                                    [&state, thread, action = actions[thread]] { perform(state, thread, action); });
                }
                scenario.finally([&state] {
                    check(state.pool.returned.read() == 1, "the block comes back once");
                    int upgraded = 0;
                    for (const int success : state.upgraded) {
                        upgraded += success;
                    }
                    observe(upgraded);
                });
            },
            options};
}

/// One gives a storage's memory back, another takes it. Outcome: whether it could.
ModelTest reusing()
{
    return {"ArcStorage: used again",
            [](Scenario& scenario) {
                struct ReuseState {
                    Left<ArcStorage<Object, ModelAtomics>> storage;
                    ModelAtomics::plain<int> memory{0};
                    void* first = storage->allocate();
                    int taken = 0;
                };
                ReuseState& state = scenario.make<ReuseState>();
                scenario.name(state.storage, "storage");
                scenario.thread("A", [&state] {
                    state.memory.write() = 1;
                    state.storage->release(state.first);
                });
                scenario.thread("B", [&state] {
                    if (void* const again = state.storage->allocate()) {
                        check(again == state.first, "it is the same memory");
                        state.memory.write() = 2;
                        state.taken = 1;
                    }
                });
                scenario.finally([&state] { observe(state.taken); });
            },
            {}};
}

}  // namespace

TEST_CASE("ArcLite: the object dies once, after all who used it, and then the block comes back" *
          doctest::test_suite("quick"))
{
    expect_pass(dropping("SS"));
    expect_pass(dropping("SC"));
    expect_pass(dropping("SSS"));
    expect_pass(dropping("SW"));
    expect_pass(dropping("SWW"));
}

TEST_CASE("ArcLite: an upgrade gives a living object or none" * doctest::test_suite("quick"))
{
    const Result result = expect_pass(dropping("SU"));
    CHECK(result.outcomes.contains({0}));
    CHECK(result.outcomes.contains({1}));
    expect_pass(dropping("SU", 1));
    expect_pass(dropping("SSU"));
    const Result several = expect_pass(dropping("SUU"));
    for (int upgraded = 0; upgraded <= 2; ++upgraded) {
        CHECK(several.outcomes.contains({upgraded}));
    }
    expect_pass(dropping("SUW"));
    expect_pass(dropping("DD"));
    const Result reused = expect_pass(reusing());
    CHECK(reused.outcomes.contains({0}));
    CHECK(reused.outcomes.contains({1}));
}

TEST_CASE("ArcLite: larger" * doctest::test_suite("slow"))
{
    expect_pass(dropping("SSSS"));
    expect_pass(dropping("CCS"));
    expect_pass(dropping("SUUW"));
    expect_pass(dropping("DDU"));
}

TEST_CASE("ArcLite: misuse is an invariant" * doctest::test_suite("quick"))
{
    const Program program = [](Scenario& scenario) {
        struct StorageState {
            Left<ArcStorage<Object, ModelAtomics>> storage;
            Left<Arc> arc;
        };
        StorageState& state = scenario.make<StorageState>();
        scenario.thread("A", [&state] {
            *state.arc = *Arc::make(*state.storage);
            std::destroy_at(&*state.storage);
        });
    };
    const Failure failure = expect_failure({"ArcStorage: destroyed while used", program, {}}, FailureKind::assertion);
    CHECK(failure.message.find("destroyed while references exist") != std::string::npos);
}

TEST_CASE("ArcLite: mutants" * doctest::test_suite("quick"))
{
    const ModelTest tests[] = {dropping("SS"), dropping("SW"), dropping("SU"), reusing()};
    expect_caught("pegplan/arc_lite.hpp", tests);
}

}  // namespace pegplan::model
