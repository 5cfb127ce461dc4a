// The options of core/smp, as model tests want them.
#pragma once

namespace pegplan::config {

inline constexpr bool smp = true;

}  // namespace pegplan::config
