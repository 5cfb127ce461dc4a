// The options of core/observe, as model tests want them: kernel assertions are on, and fail the execution.
#pragma once

namespace pegplan::config {

inline constexpr bool assertions = true;

}  // namespace pegplan::config
