// Calibration on random programs: the checker must find exactly the executions that the standard's sentences allow, and
// each once.
#include "litmus_check.hpp"

#include <random>

namespace pegplan::model {

namespace {

using Kind = Op::Kind;

class ProgramGenerator {
public:
    /// Programs have up to `most_total` operations. With `weak`, compare-exchanges are weak.
    explicit ProgramGenerator(std::uint32_t seed, std::size_t most_total = 8, bool weak = false)
        : random_{seed},
          most_total_{most_total},
          compare_exchange_{weak ? Kind::compare_exchange_weak : Kind::compare_exchange}
    {}

    Litmus next()
    {
        const int threads = 2 + pick(3);
        const int locations = 1 + pick(3);
        style_ = pick(4);
        only_loads_and_stores_ = pick(3) == 0;
        Litmus litmus;
        std::size_t total = 0;
        for (int thread = 0; thread < threads; ++thread) {
            std::vector<Op>& ops = litmus.threads.emplace_back();
            for (int length = 1 + pick(threads == 2 || most_total_ > 8 ? 5 : 3); length > 0 && total < most_total_;
                 --length, ++total) {
                ops.push_back(op(locations));
            }
        }
        return litmus;
    }

private:
    int pick(int count) { return static_cast<int>(random_() % static_cast<unsigned>(count)); }

    std::memory_order one_of(std::initializer_list<std::memory_order> orders)
    {
        // Some programs are all seq_cst, some have no seq_cst, the others have everything.
        if (style_ == 0) {
            return seq_cst;
        }
        const int count = static_cast<int>(orders.size()) - (style_ == 1 ? 1 : 0);
        return orders.begin()[pick(count)];
    }

    Op op(int locations)
    {
        const int location = pick(locations);
        const int value = 1 + pick(3);
        const auto read_order = [&] { return one_of({relaxed, acquire, seq_cst}); };
        const auto any_order = [&] { return one_of({relaxed, acquire, release, acq_rel, seq_cst}); };
        switch (pick(only_loads_and_stores_ ? 6 : 10)) {
        case 0:
        case 1:
        case 2: return load(location, read_order());
        case 3:
        case 4:
        case 5: return store(location, value, one_of({relaxed, release, seq_cst}));
        case 6: return fence(one_of({acquire, release, acq_rel, seq_cst}));
        case 7: return add(location, value, any_order());
        case 8: return pick(2) == 0 ? exchange(location, value, any_order()) : wait(location, value, read_order());
        default: return {compare_exchange_, location, any_order(), value, pick(3)};
        }
    }

    std::mt19937 random_;
    std::size_t most_total_;
    Kind compare_exchange_;
    int style_ = 0;
    bool only_loads_and_stores_ = false;
};

/// Programs of this many seq_cst operations are left to the checker: the oracle tries all orders.
constexpr int most_seq_cst = 7;

int seq_cst_ops(const Litmus& litmus)
{
    int count = 0;
    for (const std::vector<Op>& thread : litmus.threads) {
        for (const Op& op : thread) {
            count += op.order == seq_cst ? 1 : 0;
        }
    }
    return count;
}

/// The checker against the oracle.
void compare_with_standard(std::uint32_t first_seed, int programs)
{
    for (int number = 0; number < programs; ++number) {
        const std::uint32_t seed = first_seed + static_cast<std::uint32_t>(number);
        const Litmus litmus = ProgramGenerator{seed}.next();
        if (seq_cst_ops(litmus) > most_seq_cst) {
            continue;
        }
        INFO("seed ", seed, "\n", litmus.text());
        const Executions allowed = allowed_executions(litmus);
        Options options;
        options.report_deadlocks = false;
        Executions found;
        const Result result = explore(litmus, options, &found);
        REQUIRE(result.passed());
        REQUIRE(found == allowed);
        REQUIRE(result.executions == allowed.size());
        count_program(result);
    }
}

/// The reduced search against the others. Programs with more executions than `most` are left out.
void compare_searches(const ProgramGenerator& generator, std::uint32_t seed, std::initializer_list<Search> searches,
                      std::uint64_t most)
{
    const Litmus litmus = ProgramGenerator{generator}.next();
    INFO("seed ", seed, "\n", litmus.text());
    Options options;
    options.report_deadlocks = false;
    options.collect_fingerprints = true;
    options.max_spurious_failures = 1;
    options.max_executions = most;
    const Result reduced = explore(litmus, options);
    if (!reduced.complete) {
        return;
    }
    REQUIRE(reduced.duplicates == 0);
    count_program(reduced);
    options.max_executions = 0;
    for (const Search search : searches) {
        options.search = search;
        const Result other = explore(litmus, options);
        REQUIRE(other.passed());
        REQUIRE(other.fingerprints == reduced.fingerprints);
        REQUIRE((other.deadlocks == 0) == (reduced.deadlocks == 0));
    }
}

}  // namespace

TEST_CASE("random programs have exactly the executions of the standard" * doctest::test_suite("quick"))
{
    compare_with_standard(1, 300);
}

TEST_CASE("random programs: all searches agree" * doctest::test_suite("quick"))
{
    for (std::uint32_t seed = 100'000; seed < 100'080; ++seed) {
        compare_searches(ProgramGenerator{seed, 8, true}, seed, {Search::states, Search::interleavings}, 100);
    }
}

TEST_CASE("many random programs have exactly the executions of the standard" * doctest::test_suite("slow"))
{
    compare_with_standard(1'000'000, 3000);
}

TEST_CASE("larger random programs: reduced and unreduced search agree" * doctest::test_suite("slow"))
{
    for (std::uint32_t seed = 2'000'000; seed < 2'000'400; ++seed) {
        compare_searches(ProgramGenerator{seed, 12, true}, seed, {Search::states}, 3000);
    }
}

}  // namespace pegplan::model
