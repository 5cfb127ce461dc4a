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

/// A more urgent thread, which so runs up to where it blocks.
template <class F>
[[nodiscard]] auto spawn_above(F&& function)
{
    return std::move(*ThreadBuilder{}.name("other").priority(above).spawn(std::forward<F>(function)));
}

}  // namespace misuse
