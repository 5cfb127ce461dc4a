// Model tests of core/sync/basic_spin_lock.hpp: with many CPUs, each of which is a thread of the checker; with one CPU;
// and the interrupt mask.
#include "core/sync/basic_spin_lock.hpp"
#include "model_test.hpp"

#include <doctest/doctest.h>

#include <array>
#include <mutex>

namespace pegplan::model {

namespace {

struct Mask {
    bool is_masked;
};

struct CpuState {
    bool is_masked = false;
    kernel::SpinSection<Mask> section{};
};

/// The CPUs of this execution.
std::array<CpuState, max_threads>* cpus = nullptr;

template <bool ManyCpus>
struct Machine {
    using IrqState = Mask;
    static constexpr bool has_many_cpus = ManyCpus;

    static CpuState& here() noexcept { return (*cpus)[cpu()]; }
    static bool irq_enabled() noexcept { return !here().is_masked; }
    static Mask irq_save() noexcept { return {std::exchange(here().is_masked, true)}; }
    static void irq_restore(Mask mask) noexcept { here().is_masked = mask.is_masked; }
    static kernel::SpinSection<Mask>& section() noexcept { return here().section; }
    static std::uint32_t cpu() noexcept
    {
        const int thread = Run::current().running();
        return thread < 0 ? 0 : static_cast<std::uint32_t>(thread);
    }
};

template <bool ManyCpus>
struct State {
    kernel::BasicSpinLock<Machine<ManyCpus>, ModelAtomics> lock;
    kernel::BasicSpinLock<Machine<ManyCpus>, ModelAtomics> other;
    ModelAtomics::plain<int> counter{0};
    std::array<CpuState, max_threads> state;

    State() { cpus = &state; }
    void count() { counter.write() = counter.read() + 1; }
};

ModelTest exclusion(int threads, int turns)
{
    return {"SpinLock: " + std::to_string(threads) + " CPUs lock " + std::to_string(turns) +
                (turns == 1 ? " time" : " times"),
            [=](Scenario& scenario) {
                State<true>& state = scenario.make<State<true>>();
                scenario.name(state.lock, "lock");
                for (int thread = 0; thread < threads; ++thread) {
                    scenario.thread(std::string(1, static_cast<char>('A' + thread)), [&state, turns] {
                        for (int turn = 0; turn < turns; ++turn) {
                            {
                                const std::scoped_lock guard{state.lock};
                                check(!Machine<true>::irq_enabled(), "interrupts are masked inside");
                                state.count();
                            }
                            check(Machine<true>::irq_enabled(), "and not outside");
                        }
                    });
                }
                scenario.finally([&state, threads, turns] {
                    check(state.counter.read() == threads * turns, "every turn has counted");
                });
            },
            {}};
}

/// Outcome: how many of those that tried got the lock.
ModelTest trying(int threads)
{
    return {"SpinLock: " + std::to_string(threads) + " CPUs try",
            [=](Scenario& scenario) {
                struct TryState : State<true> {
                    std::array<int, max_threads> successes{};
                };
                TryState& state = scenario.make<TryState>();
                for (int thread = 0; thread < threads; ++thread) {
                    scenario.thread(std::string(1, static_cast<char>('A' + thread)), [&state, thread] {
                        if (state.lock.try_lock()) {
                            state.count();
                            state.lock.unlock();
                            state.successes[static_cast<std::size_t>(thread)] = 1;
                        }
                        check(Machine<true>::irq_enabled(), "interrupts are as they were");
                    });
                }
                scenario.finally([&state] {
                    int successes = 0;
                    for (const int success : state.successes) {
                        successes += success;
                    }
                    check(state.counter.read() == successes, "every holder has counted");
                    observe(successes);
                });
            },
            {}};
}

template <bool ManyCpus>
Program alone(void (*act)(State<ManyCpus>&))
{
    return [act](Scenario& scenario) {
        State<ManyCpus>& state = scenario.make<State<ManyCpus>>();
        scenario.thread("A", [&state, act] { act(state); });
    };
}

/// The same misuse on one CPU and on one of many.
void expect_panic(std::string_view message, void (*one)(State<false>&), void (*many)(State<true>&))
{
    for (const Program& program : {alone<false>(one), alone<true>(many)}) {
        const Failure failure = expect_failure({"SpinLock: misuse", program, {}}, FailureKind::assertion);
        CHECK(std::string_view{failure.message}.starts_with(message));
    }
}

}  // namespace

TEST_CASE("SpinLock: CPUs exclude each other, with interrupts masked" * doctest::test_suite("quick"))
{
    expect_pass(exclusion(2, 2));
    expect_pass(exclusion(3, 1));
    const Result result = expect_pass(trying(2));
    CHECK(!result.outcomes.contains({0}));
    CHECK(result.outcomes.contains({1}));
    CHECK(result.outcomes.contains({2}));
}

TEST_CASE("SpinLock: larger" * doctest::test_suite("slow"))
{
    expect_pass(exclusion(3, 2));
    expect_pass(trying(3));
}

TEST_CASE("SpinLock: locks that are left in any order, and interrupts that were masked before" *
          doctest::test_suite("quick"))
{
    const auto act = [](auto& state) {
        using Here = Machine<false>;  // the mask is the same for both
        state.lock.lock();
        check(!state.lock.try_lock(), "a CPU that holds it cannot take it again");
        check(state.other.try_lock(), "it can take another one");
        state.lock.unlock();
        check(!Here::irq_enabled(), "interrupts are masked until the last one is left");
        state.other.unlock();
        check(Here::irq_enabled(), "then they are not");
        const Mask before = Here::irq_save();
        state.lock.lock();
        state.lock.unlock();
        check(!Here::irq_enabled(), "they are as they were");
        Here::irq_restore(before);
        const std::scoped_lock both{state.lock, state.other};
    };
    using Act = decltype(act);
    expect_pass({"SpinLock: any order on 1 CPU", alone<false>(+[](State<false>& state) { Act{}(state); }), {}});
    expect_pass({"SpinLock: any order on 1 of many", alone<true>(+[](State<true>& state) { Act{}(state); }), {}});
}

TEST_CASE("SpinLock: misuse is an invariant" * doctest::test_suite("quick"))
{
    const auto panics = [](std::string_view message, auto act) {
        using Act = decltype(act);
        expect_panic(message, +[](State<false>& state) { Act{}(state); }, +[](State<true>& state) { Act{}(state); });
    };
    panics("a CPU locks a spin lock that it holds", [](auto& state) {
        state.lock.lock();
        state.lock.lock();
    });
    panics("a CPU unlocks a spin lock that it does not hold", [](auto& state) { state.lock.unlock(); });
    panics("interrupts were unmasked while a spin lock was held", [](auto& state) {
        state.lock.lock();
        Machine<false>::irq_restore({false});
        state.lock.unlock();
    });
    panics("a thread has blocked, or unmasked interrupts, while it held a spin lock", [](auto& state) {
        state.lock.lock();
        Machine<false>::irq_restore({false});
        state.other.lock();
    });
    const Program other_cpu = [](Scenario& scenario) {
        State<true>& state = scenario.make<State<true>>();
        scenario.thread("A", [&state] { state.lock.lock(); });
        scenario.thread("B", [&state] { state.lock.unlock(); });
    };
    const Failure failure = expect_failure({"SpinLock: unlocked by another", other_cpu, {}}, FailureKind::assertion);
    CHECK(failure.message.starts_with("a CPU unlocks a spin lock that it does not hold"));
}

}  // namespace pegplan::model
