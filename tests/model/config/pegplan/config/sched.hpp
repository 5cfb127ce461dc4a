// The options of core/sched, as model tests want them.
#pragma once

namespace pegplan::config {

inline constexpr int num_priorities = 32;

}  // namespace pegplan::config
