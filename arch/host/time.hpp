// The clock and the timer, by choice of the menu. Both kinds have the same operations: those of the port's group "time",
// and three for the port's own use:
//   pass(cpu, steps)   something happens that takes time: a critical section, the writing of so many characters;
//   is_due(cpu)        whether an interrupt waits to be taken;
//   acknowledge(cpu)   it is being taken. Masked.
//   wait(cpu)          nobody is ready: returns when an interrupt is due. Masked.
#pragma once

#include "arch/host/real_time.hpp"
#include "arch/host/virtual_time.hpp"

#include <pegplan/config/host.hpp>

#include <type_traits>

namespace pegplan::arch::host {

using Time = std::conditional_t<config::host_virtual_time, VirtualTime, RealTime>;

}  // namespace pegplan::arch::host
