// Driver: the timers of Linux, or what virtual time puts in their place. Which of the two is the menu's choice; the port
// calls them directly (arch/host/time.hpp).
#pragma once

namespace pegplan::arch::devices {

struct HostTimerConfig {};

template <HostTimerConfig config>
struct HostTimer {};

}  // namespace pegplan::arch::devices
