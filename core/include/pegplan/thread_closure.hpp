// How a thread begins and ends, without its function's type: what ThreadBuilder and JoinHandle ask of the kernel, and the closure
// on the new thread's stack, with the place of its result.
#pragma once

#include <pegplan/config/sched.hpp>
#include <pegplan/config/thread.hpp>
#include <pegplan/cpu_set.hpp>
#include <pegplan/deadline.hpp>
#include <pegplan/numa.hpp>
#include <pegplan/result.hpp>
#include <pegplan/scheduling.hpp>
#include <pegplan/stop_token.hpp>
#include <pegplan/types.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace pegplan::kernel {

struct ThreadControl;

/// The node that a builder asks for.
struct NodeChoice {
    std::optional<NodeId> node = std::nullopt;
    void choose(NodeId chosen) noexcept { node = chosen; }
};

/// The same where there is one node.
struct NoNodeChoice {
    void choose(NodeId) noexcept {}
};

/// What a builder was told that cannot be: a bit each.
enum Mistake : std::uint8_t {
    no_mistake = 0,
    null_name = 1,
    unknown_node = 2,
};

/// What a builder asks for. Absent: the menu's default, or what the spawning thread has.
struct ThreadOptions {
    std::string_view name;
    std::uint8_t mistakes = no_mistake;
    [[no_unique_address]] std::conditional_t<(numa::node_count > 1), NodeChoice, NoNodeChoice> node{};
    std::size_t stack_size = config::stack_size_default;
    std::span<std::byte> stack = {};  ///< memory of the application to run on, unless null
    std::optional<Priority> priority = std::nullopt;
    std::optional<std::chrono::nanoseconds> time_slice = std::nullopt;
    std::optional<CpuSet> affinity = std::nullopt;
    [[no_unique_address]] OptionOf<config::sched_edf, DeadlineParameters> deadline = {};
    [[no_unique_address]] OptionOf<config::sched_fair, std::uint32_t> weight = {};
};

/// A thread that exists but does not run yet, and the place on its stack for its closure.
struct NewThread {
    ThreadControl* control;
    void* closure;
};

Result<NewThread> create_thread(const ThreadOptions& options, std::size_t closure_size,
                                std::size_t closure_alignment) noexcept;

/// Makes it ready to run `entry(closure)`, which ends with `finish_thread`.
void start_thread(const NewThread& thread, void (*entry)(void*)) noexcept;

/// Ends the running thread. `result` stays where it is until it is joined; when nobody will, `destroy(result)` is called.
[[noreturn]] void finish_thread(void* result, void (*destroy)(void*)) noexcept;

ThreadId id_of(const ThreadControl& control) noexcept;

/// Waits for the thread's end, at most until `deadline`. Returns the place of its result (null if it has none).
Result<void*> join_thread(ThreadControl& control, ThreadId id, Deadline deadline) noexcept;

/// Gives back the stack and the record of a finished thread.
void release_thread(ThreadControl& control) noexcept;

/// Nobody will join it. Returns false when it has finished already: then the caller destroys the result and releases it.
bool detach_thread(ThreadControl& control) noexcept;

Result<void> set_weight(ThreadControl* control, ThreadId id, std::uint32_t weight) noexcept;
std::uint32_t weight_of(const ThreadControl* control, ThreadId id) noexcept;

bool thread_finished(const ThreadControl& control) noexcept;
void* thread_result(const ThreadControl& control) noexcept;

/// What a thread calls, with a token of its own if it takes one: on its stack.
template <class F>
struct ThreadFunction {
    static constexpr bool takes_token = std::is_invocable_v<F, StopToken>;

    struct NoStop {};

    explicit ThreadFunction(F&& f) : function{std::move(f)} {}
    explicit ThreadFunction(const F& f) : function{f} {}
    ~ThreadFunction() {}

    decltype(auto) call()
    {
        if constexpr (takes_token) {
            return std::move(function)(stop.token());
        } else {
            return std::move(function)();
        }
    }

    [[nodiscard]] StopSource* stop_source() noexcept
    {
        if constexpr (takes_token) {
            return &stop;
        } else {
            return nullptr;
        }
    }

    union {
        F function;
    };
    [[no_unique_address]] std::conditional_t<takes_token, StopSource, NoStop> stop{};
};

template <class F>
using ThreadResult = decltype(std::declval<ThreadFunction<F>&>().call());

/// The same, and the place for what it returns.
template <class F, class T>
struct Closure : ThreadFunction<F> {
    explicit Closure(F&& f) : ThreadFunction<F>{std::move(f)} {}
    explicit Closure(const F& f) : ThreadFunction<F>{f} {}
    ~Closure() {}

    [[noreturn]] static void run(void* place) noexcept
    {
        auto& self = *static_cast<Closure*>(place);
        ::new (static_cast<void*>(&self.result)) T(self.call());
        std::destroy_at(&self.function);
        finish_thread(&self.result, [](void* result) { std::destroy_at(static_cast<T*>(result)); });
    }

    union {
        T result;
    };
};

template <class F>
struct Closure<F, void> : ThreadFunction<F> {
    using ThreadFunction<F>::ThreadFunction;

    [[noreturn]] static void run(void* place) noexcept
    {
        auto& self = *static_cast<Closure*>(place);
        self.call();
        std::destroy_at(&self.function);
        finish_thread(&self, [](void*) {});
    }
};

}  // namespace pegplan::kernel
