// Model tests of core/smp/ipi_flag.hpp: CPUs ask another one for something, which no lock protects, and interrupt it. It must not wait for an
// interrupt that nobody will send, and find what is meant when it has been interrupted.
#include "core/smp/ipi_flag.hpp"
#include "model_test.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>

namespace pegplan::model {

namespace {

constexpr std::size_t most_askers = 2;

/// As the hardware has it: an interrupt that is pending makes the CPU take it; what was written before it was sent need not be seen for
/// that alone.
struct Interrupt {
    ModelAtomics::atomic<int> pending{0};

    void send() { pending.store(1, std::memory_order_relaxed); }
    void take()
    {
        ModelAtomics::wait_until(pending, std::memory_order_relaxed, [](int value) { return value != 0; });
        pending.exchange(0, std::memory_order_relaxed);
    }
};

struct State {
    kernel::IpiFlag<ModelAtomics> flag;
    Interrupt interrupt;
    std::array<ModelAtomics::atomic<int>, most_askers> meant;
    int handled = 0;

    explicit State(Scenario& scenario)
    {
        scenario.name(flag, "flag");
        scenario.name(interrupt, "interrupt");
        scenario.name(meant, "meant");
    }

    void ask(std::size_t asker)
    {
        meant[asker].store(1, std::memory_order_relaxed);
        if (flag.raise()) {
            interrupt.send();
        }
    }

    /// How many things were meant that have not been done. Each is done once.
    int handle()
    {
        int found = 0;
        if (flag.accept()) {
            for (auto& one : meant) {
                if (one.load(std::memory_order_relaxed) != 0) {
                    one.store(0, std::memory_order_relaxed);
                    ++found;
                }
            }
        }
        return found;
    }
};

/// Each asks once; the CPU takes interrupts until it has done all. If something gets lost, it waits for ever.
ModelTest asking(std::size_t askers)
{
    return {"IpiFlag: " + std::to_string(askers) + " ask one CPU",
            [=](Scenario& scenario) {
                State& state = scenario.make<State>(scenario);
                for (std::size_t asker = 0; asker < askers; ++asker) {
                    scenario.thread("CPU " + std::to_string(asker), [&state, asker] { state.ask(asker); });
                }
                scenario.thread("interrupted", [&state, askers] {
                    while (state.handled < static_cast<int>(askers)) {
                        state.interrupt.take();
                        state.handled += state.handle();
                    }
                });
                scenario.finally([&state, askers] { check(state.handled == static_cast<int>(askers), "each was done once"); });
            },
            {}};
}

/// One asks twice.
ModelTest asking_again()
{
    return {"IpiFlag: one asks a CPU twice",
            [](Scenario& scenario) {
                State& state = scenario.make<State>(scenario);
                scenario.thread("CPU 0", [&state] {
                    state.ask(0);
                    state.ask(1);
                });
                scenario.thread("interrupted", [&state] {
                    while (state.handled < 2) {
                        state.interrupt.take();
                        state.handled += state.handle();
                    }
                });
                scenario.finally([] {});
            },
            {}};
}

/// A CPU that starts accepts what was raised while it was away, and looks; then it takes interrupts.
ModelTest starting()
{
    return {"IpiFlag: 2 ask a CPU that starts",
            [](Scenario& scenario) {
                State& state = scenario.make<State>(scenario);
                for (std::size_t asker = 0; asker < 2; ++asker) {
                    scenario.thread("CPU " + std::to_string(asker), [&state, asker] { state.ask(asker); });
                }
                scenario.thread("starting", [&state] {
                    state.interrupt.pending.exchange(0, std::memory_order_relaxed);  // lost with the CPU's state
                    state.handled += state.handle();
                    while (state.handled < 2) {
                        state.interrupt.take();
                        state.handled += state.handle();
                    }
                });
                scenario.finally([] {});
            },
            {}};
}

}  // namespace

TEST_CASE("IpiFlag: nothing that was meant gets lost" * doctest::test_suite("quick"))
{
    expect_pass(asking(1));
    expect_pass(asking(2));
    expect_pass(asking_again());
    expect_pass(starting());
}

TEST_CASE("IpiFlag: mutants" * doctest::test_suite("quick"))
{
    const ModelTest tests[] = {asking(1), asking(2), asking_again(), starting()};
    expect_caught("core/smp/ipi_flag.hpp", tests);
}

}  // namespace pegplan::model
