// Model tests as objects: a program and its options, to be explored as it is and with seeded mutants.
#pragma once

#include "model_atomics.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pegplan::model {

struct ModelTest {
    std::string name;
    Program program;
    Options options;
};

/// Explores, prints a line for the README's table, and fails the running test case unless everything was explored and
/// nothing was found.
Result expect_pass(const ModelTest& test);

/// Explores, and fails the running test case unless a failure of this kind was found. Returns it.
Failure expect_failure(const ModelTest& test, FailureKind kind);

/// One site with another order.
struct Mutant {
    Weakening weakening;
    bool caught = false;
    std::string caught_by;  ///< the model test
    FailureKind kind{};
    std::uint64_t executions = 0;  ///< that it took

    /// E.g. "unlock: serving_.store release -> relaxed".
    [[nodiscard]] std::string text() const;
};

/// The orders weaker than the site's that the operation may have, strongest first.
std::vector<std::memory_order> weaker_orders(const Site& site);

/// Explores the tests with each acquire, release, acq_rel and seq_cst of the file weakened, one at a time and to each
/// weaker order, until one of them fails. `file` is the end of a path.
std::vector<Mutant> explore_mutants(std::string_view file, std::span<const ModelTest> tests);

/// A mutant that may survive, and why that is right.
struct Equivalent {
    std::string_view mutant;
    std::string_view reason;
};

/// Explores the mutants and fails the running test case unless those that survive are exactly the `equivalent` ones.
void expect_caught(std::string_view file, std::span<const ModelTest> tests,
                   std::span<const Equivalent> equivalent = {});

}  // namespace pegplan::model
