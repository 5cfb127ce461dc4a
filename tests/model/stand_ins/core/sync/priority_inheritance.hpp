// Stand-in for core/sync/priority_inheritance.hpp: priorities stay what they are.
#pragma once

#include "core/sched/section.hpp"

namespace pegplan::kernel {

inline void update_priority(Cpu&, ThreadControl&) noexcept {}

}  // namespace pegplan::kernel
