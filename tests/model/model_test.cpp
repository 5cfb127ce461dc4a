// Running model tests and their mutants under doctest.
#include "model_test.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>

namespace pegplan::model {

namespace {

void print_row(const ModelTest& test, const Result& result)
{
    std::printf("explored | %s | %llu | %llu | %d\n", test.name.c_str(),
                static_cast<unsigned long long>(result.executions), static_cast<unsigned long long>(result.blocked),
                result.longest);
}

std::string describe(const Failure& failure)
{
    return std::string{name_of(failure.kind)} + ": " + failure.message + "\n" + failure.trace;
}

}  // namespace

Result expect_pass(const ModelTest& test)
{
    INFO(test.name);
    Result result = explore(test.options, test.program);
    if (result.failure) {
        FAIL_CHECK(describe(*result.failure));
    } else {
        CHECK(result.complete);
        CHECK(result.executions > 0);
    }
    print_row(test, result);
    return result;
}

Failure expect_failure(const ModelTest& test, FailureKind kind)
{
    INFO(test.name);
    const Result result = explore(test.options, test.program);
    REQUIRE(result.failure.has_value());
    INFO(describe(*result.failure));
    CHECK(name_of(result.failure->kind) == name_of(kind));
    return *result.failure;
}

std::string Mutant::text() const
{
    return weakening.site.text() + " -> " + std::string{name_of(weakening.order)};
}

std::vector<std::memory_order> weaker_orders(const Site& site)
{
    using std::memory_order_acq_rel, std::memory_order_acquire, std::memory_order_relaxed, std::memory_order_release,
        std::memory_order_seq_cst;
    const bool only_reads =
        site.operation == Operation::load || site.operation == Operation::wait_until || site.on_failure;
    const bool only_writes = site.operation == Operation::store;
    std::vector<std::memory_order> result;
    if (site.order == memory_order_seq_cst && !only_reads && !only_writes) {
        result.push_back(memory_order_acq_rel);
    }
    if ((site.order == memory_order_seq_cst || site.order == memory_order_acq_rel) && !only_writes) {
        result.push_back(memory_order_acquire);
    }
    if ((site.order == memory_order_seq_cst || site.order == memory_order_acq_rel) && !only_reads) {
        result.push_back(memory_order_release);
    }
    if (site.order != memory_order_relaxed) {
        result.push_back(memory_order_relaxed);
    }
    return result;
}

std::vector<Mutant> explore_mutants(std::string_view file, std::span<const ModelTest> tests)
{
    Sites sites;
    for (const ModelTest& test : tests) {
        Options options = test.options;
        options.sites = &sites;
        const Result result = explore(options, test.program);
        INFO(test.name);
        REQUIRE(result.passed());
    }
    std::vector<Mutant> mutants;
    for (const Site& site : sites.all()) {
        if (!std::string_view{site.file}.ends_with(file)) {
            continue;
        }
        for (const std::memory_order order : weaker_orders(site)) {
            Mutant mutant;
            mutant.weakening = {site, order};
            for (const ModelTest& test : tests) {
                Options options = test.options;
                options.weakening = mutant.weakening;
                const Result result = explore(options, test.program);
                mutant.executions += result.runs;
                if (result.failure) {
                    mutant.caught = true;
                    mutant.caught_by = test.name;
                    mutant.kind = result.failure->kind;
                    break;
                }
                REQUIRE(result.complete);
            }
            mutants.push_back(std::move(mutant));
        }
    }
    return mutants;
}

void expect_caught(std::string_view file, std::span<const ModelTest> tests, std::span<const Equivalent> equivalent)
{
    const std::vector<Mutant> mutants = explore_mutants(file, tests);
    CHECK(!mutants.empty());
    for (const Mutant& mutant : mutants) {
        const auto entry = std::find_if(equivalent.begin(), equivalent.end(),
                                        [&](const Equivalent& known) { return known.mutant == mutant.text(); });
        const bool is_equivalent = entry != equivalent.end();
        if (mutant.caught) {
            std::printf("mutant | %s | caught: %s in %llu runs | %s\n", mutant.text().c_str(),
                        name_of(mutant.kind).data(), static_cast<unsigned long long>(mutant.executions),
                        mutant.caught_by.c_str());
        } else {
            std::printf("mutant | %s | survived | %s\n", mutant.text().c_str(),
                        is_equivalent ? std::string{entry->reason}.c_str() : "UNEXPLAINED");
        }
        INFO(mutant.text());
        CHECK(mutant.caught != is_equivalent);
    }
    for (const Equivalent& known : equivalent) {
        INFO(std::string{known.mutant});
        CHECK(std::any_of(mutants.begin(), mutants.end(),
                          [&](const Mutant& mutant) { return mutant.text() == known.mutant; }));
    }
}

}  // namespace pegplan::model
