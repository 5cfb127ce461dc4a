// What the files of this application share: a scenario is a function that misuses the kernel and so never returns.
#pragma once

#include <pegplan/pegplan.hpp>

#include <span>
#include <string_view>

namespace misuse {

using namespace pegplan;
using namespace std::chrono_literals;

inline constexpr Priority above{20};

struct Scenario {
    std::string_view name;
    void (*run)();
};

/// Of destroyed.cpp, handlers.cpp and main.cpp.
extern const std::span<const Scenario> destructions;
extern const std::span<const Scenario> calls_of_handlers;
extern const std::span<const Scenario> others;

/// Of numbers.cpp.
void semaphore_overflow();
void semaphore_overflow_with_waiter();
void semaphore_release_of_nothing();
void semaphore_negative_release();
void semaphore_of_too_many();
void semaphore_of_less_than_none();
void semaphore_of_maximum_zero();
void latch_below_zero();
void latch_raised();
void latch_negative();
void barrier_of_too_many();
void barrier_of_nobody();
void barrier_left_twice();
void barrier_arrival_after_the_last_has_left();
void flags_wait_for_none();
void flags_wait_for_all_of_none();
void timer_period_zero();
void timer_period_negative();

/// A more urgent thread, which so runs up to where it blocks.
template <class F>
[[nodiscard]] auto spawn_above(F&& function)
{
    return std::move(*ThreadBuilder{}.name("other").priority(above).spawn(std::forward<F>(function)));
}

}  // namespace misuse
