// What the port asks of Linux: system calls without the C library around them.
//
// The port goes past the C library where it matters that it does: code outside the image is never preempted
// (real_time.cpp), but a call that blocks should be; `errno` belongs to a pthread, among which threads may migrate; and
// sanitizers postpone signals whose handlers were installed through the C library.
#pragma once

#include <host_machine.hpp>  // the folder of the machine: system_call and what else is in assembly

#include <signal.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

namespace pegplan::arch::host {

/// What a system call returns: its result, or a negated error number.
struct SystemResult {
    std::intptr_t value;

    [[nodiscard]] bool failed() const noexcept { return value < 0; }
    [[nodiscard]] int error() const noexcept { return static_cast<int>(-value); }
};

/// Writes all of `text`, waiting as long as the other end does; gives up when there is none.
void write_all(int descriptor, std::span<const char> text) noexcept;

/// Ends the process at once, all of its pthreads, without what the C library does at the end.
[[noreturn]] void exit_process(int code) noexcept;

/// Sleeps until `word` is no longer `value`. Returns early for a signal.
void wait_while(const std::atomic<std::uint32_t>& word, std::uint32_t value) noexcept;

/// Ends the sleep of one pthread that waits while `word` has a value.
void wake_one(const std::atomic<std::uint32_t>& word) noexcept;

/// Lets Linux run another pthread on this processor.
void let_others_run() noexcept;

/// Sends a signal to a pthread of this process, by its number.
void send_signal(int pthread, int signal) noexcept;

/// Fills `buffer` from the kernel's generator of random numbers.
void fill_with_entropy(std::span<std::byte> buffer) noexcept;

/// The smallest unit of protection on all machines that the port knows.
inline constexpr std::size_t page_size = 4096;

enum class Access : std::uint8_t { none, read_write };

/// Allows or forbids access to whole pages.
SystemResult protect(std::byte* pages, std::size_t bytes, Access access) noexcept;

/// The number by which Linux knows the calling pthread.
[[nodiscard]] int current_pthread() noexcept;

using SignalHandler = void (*)(int signal, siginfo_t* info, void* context);

/// Installs a handler that may be interrupted by any signal, its own included. `flags` are SA_ flags besides those.
SystemResult install_handler(int signal, SignalHandler handler, int flags) noexcept;

/// Gives the calling pthread the stack that handlers with SA_ONSTACK run on.
SystemResult set_signal_stack(const stack_t& stack) noexcept;

/// From now on each `microseconds` that the process computes raise SIGVTALRM in the pthread that does.
SystemResult interrupt_by_used_time(std::int64_t microseconds) noexcept;

/// A one-shot timer of Linux that sends a signal to one pthread.
class SignalTimer {
public:
    /// Makes it, for the calling pthread.
    SystemResult create(int signal) noexcept;

    /// Fires once, `nanoseconds` from now, instead of what was set before. In the section of the timer's handler
    /// (real_time.cpp).
    [[gnu::section("pegplan_handler")]] void start(std::uint64_t nanoseconds) noexcept;

    /// It does not fire any more.
    void stop() noexcept { start(0); }

private:
    int id_ = 0;
};

/// CLOCK_MONOTONIC in nanoseconds.
[[nodiscard]] std::uint64_t monotonic_nanoseconds() noexcept;

/// The same of CLOCK_MONOTONIC_RAW, whose rate is that of the machine's counter, uncorrected.
[[nodiscard]] std::uint64_t raw_nanoseconds() noexcept;

}  // namespace pegplan::arch::host
