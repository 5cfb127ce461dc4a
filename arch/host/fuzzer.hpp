// Coverage-guided fuzzing of kernel and application (HOST_FUZZER): libFuzzer, run by a thread of the application.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace pegplan::arch::host {

/// What the engine is told of an application.
struct FuzzTarget {
    /// Runs one input, from and to a kernel in the same state. Whatever ends the process meanwhile is a finding: a
    /// panic, a fault, a report of a sanitizer, and more time than the engine allows.
    void (*run)(std::span<const std::uint8_t> input);
    /// Prints an input in words.
    void (*show)(std::span<const std::uint8_t> input);
};

/// The arguments of the process are the engine's in such an image. Called once, before there are threads.
void keep_fuzzer_arguments(int count, char** arguments) noexcept;

/// Hands the calling thread over to the engine, with the arguments of the process; with the arguments `show FILE`, shows
/// that input instead. Returns the exit code, if the engine does not end the process itself. From the main thread,
/// whose stack (MAIN_STACK_SIZE) must be large enough for the engine; 8 MiB are. Without HOST_FUZZER there is no such
/// function.
[[nodiscard]] int run_fuzzer(const FuzzTarget& target) noexcept;

}  // namespace pegplan::arch::host
