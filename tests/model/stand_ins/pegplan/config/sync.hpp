// The options of core/sync, as model tests want them.
#pragma once

namespace pegplan::config {

inline constexpr bool mutex_inheritance = false;
inline constexpr bool mutex_ceiling = false;
inline constexpr bool rwlock_writers_first = true;

}  // namespace pegplan::config
