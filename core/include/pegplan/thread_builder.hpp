// How a thread is described and spawned.
#pragma once

#include <pegplan/thread_handle.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace pegplan {

/// What the ends of a stack are aligned to, in bytes.
inline constexpr std::size_t stack_alignment = 16;

/// Memory for a stack of `bytes` bytes (and STACK_EXTRA), for ThreadBuilder::stack: a static one costs no start-up time, and
/// its spawn cannot run out of memory.
template <std::size_t bytes>
    requires(bytes >= config::stack_size_min)
class StaticStack {
public:
    constexpr operator std::span<std::byte>() noexcept { return memory_; }

private:
    static constexpr std::size_t size = (bytes + config::stack_extra + stack_alignment - 1) / stack_alignment * stack_alignment;
    alignas(stack_alignment) std::array<std::byte, size> memory_{};
};

/// Describes a thread and spawns it. What it does not say comes from the menu, or from the spawning thread.
class ThreadBuilder {
public:
    /// At most THREAD_NAME_MAX characters; copied at `spawn`. Null is refused by `spawn`.
    ThreadBuilder& name(const char* name) noexcept
    {
        note(kernel::null_name, name == nullptr);
        options_.name = name != nullptr ? std::string_view{name} : std::string_view{};
        return *this;
    }
    ThreadBuilder& name(std::string_view name) noexcept
    {
        note(kernel::null_name, name.data() == nullptr);
        options_.name = name;
        return *this;
    }
    ThreadBuilder& name(std::nullptr_t) noexcept { return name(static_cast<const char*>(nullptr)); }

    /// Bytes, at least STACK_SIZE_MIN plus the size of the closure; rounded up to the stack's alignment.
    ThreadBuilder& stack_size(std::size_t bytes) noexcept
    {
        options_.stack_size = bytes;
        return *this;
    }

    /// The thread runs on this memory of the application instead of one of the kernel's stacks: usually a StaticStack. It
    /// belongs to the thread until that has been joined, or is gone after a detach; who uses it earlier gets what he
    /// deserves. Its ends are aligned to `stack_alignment` (else `spawn` returns stack_misaligned); there are at least
    /// STACK_SIZE_MIN and STACK_EXTRA bytes, and room for the closure (else stack_too_small). It has no guard page.
    ThreadBuilder& stack(std::span<std::byte> memory) noexcept
    {
        options_.stack = memory;
        return *this;
    }

    /// Default: that of the spawning thread.
    ThreadBuilder& priority(Priority priority) noexcept
    {
        options_.priority = priority;
        return *this;
    }

    /// How long it runs before an equal takes its turn; above zero. Default: TIME_SLICE_US. Without TIME_SLICING it
    /// has no effect.
    template <class Rep, class Period>
    ThreadBuilder& time_slice(std::chrono::duration<Rep, Period> slice) noexcept
    {
        options_.time_slice = kernel::to_clock(slice);
        return *this;
    }

    /// The CPUs that it may run on. Default: those of the spawning thread; of the main thread, all (or MAIN_ON_FIRST_CPU).
    ThreadBuilder& cpu_affinity(const CpuSet& cpus) noexcept
    {
        options_.affinity = cpus;
        return *this;
    }

    /// It has `runtime` of a CPU in each `period`, at most `deadline` after the period's begin: docs/scheduling.md tells what
    /// that means. Only with the policy SCHED_EDF, without which this does not compile. Default: no deadline, whatever the
    /// spawning thread has.
    template <bool available = config::sched_edf>
    ThreadBuilder& deadline(const DeadlineParameters& parameters) noexcept
    {
        static_assert(available, "deadlines need the scheduling policy SCHED_EDF");
        options_.deadline = parameters;
        return *this;
    }

    /// Its share of the CPU in relation to others, 1 to max_weight. Only with the policy SCHED_FAIR, without which this does not
    /// compile. Default: that of the spawning thread; of the main thread, default_weight.
    template <bool available = config::sched_fair>
    ThreadBuilder& weight(std::uint32_t weight) noexcept
    {
        static_assert(available, "weights need the scheduling policy SCHED_FAIR");
        options_.weight = weight;
        return *this;
    }

    /// Of which NUMA node its stack is, if that has room: else of the nearest one that has. Says nothing about where it runs. Default: the
    /// node of the CPU that spawns it.
    ThreadBuilder& numa_node(NodeId node) noexcept
    {
        note(kernel::unknown_node, node.index() >= numa::node_count);
        options_.node.choose(node);
        return *this;
    }

    /// Starts a thread that calls `function()`, or `function(stop_token)` where that is possible, which it moves or copies
    /// to the new thread's stack. If the new thread is more urgent than the caller, it runs before the call returns.
    /// Errors: invalid_name, name_too_long, stack_too_small, stack_misaligned, priority_out_of_range, invalid_duration,
    /// no_such_cpu, empty_affinity, no_such_node, runtime_beyond_deadline, deadline_beyond_period, not_schedulable,
    /// weight_out_of_range, too_many_threads, out_of_memory; then nothing has been moved from or allocated.
    template <class F>
    [[nodiscard]] auto spawn(F&& function) const noexcept
        -> Result<JoinHandle<kernel::ThreadResult<std::decay_t<F>>>>
    {
        using Function = std::decay_t<F>;
        using T = kernel::ThreadResult<Function>;
        using Closure = kernel::Closure<Function, T>;
        static_assert(!std::is_reference_v<T>, "a thread's result outlives its stack frames: return a value");
        const Result<kernel::NewThread> thread = kernel::create_thread(options_, sizeof(Closure), alignof(Closure));
        if (!thread) {
            return thread.error();
        }
        auto* const closure = ::new (thread->closure) Closure(std::forward<F>(function));
        JoinHandle<T> handle{*thread->control, closure->stop_source()};
        kernel::start_thread(*thread, &Closure::run);
        return handle;
    }

private:
    void note(kernel::Mistake mistake, bool made) noexcept
    {
        const unsigned others = options_.mistakes & ~static_cast<unsigned>(mistake);
        options_.mistakes = static_cast<std::uint8_t>(made ? others | mistake : others);
    }

    kernel::ThreadOptions options_;
};

/// Spawns a thread with the defaults of ThreadBuilder.
template <class F>
[[nodiscard]] auto spawn(F&& function) noexcept
{
    return ThreadBuilder{}.spawn(std::forward<F>(function));
}

}  // namespace pegplan
