// The clock and the timer, by choice of the menu. Both kinds have the same operations: those of the port's group "time",
// and these for the port's own use:
//   pass(steps)        something happens that takes time: a critical section, the writing of so many characters;
//   is_due()           whether an interrupt waits to be taken;
//   acknowledge(cpu)   it is being taken; returns whether it is (also) the timer's. Masked.
//   wait(cpu)          nobody is ready: returns when an interrupt is due. Masked.
// With several CPUs, on the CPU itself unless something else is said:
//   start(other)       the calling CPU starts that one;
//   enter(cpu)         it begins to run, or waits until it may;
//   stop(cpu)          it ends, and is not interrupted any more. Masked, as the next one;
//   leave(cpu)         it lets others run;
//   ask(other)         interrupts that CPU: it looks at OneOfMany::asked. Masked;
//   halt()             halts all others for ever; halts the caller if another CPU does that already;
//   spin()             a turn of a loop that waits for another CPU.
#pragma once

#include "arch/host/real_time.hpp"
#include "arch/host/virtual_time.hpp"

#include <pegplan/config/host.hpp>

#include <type_traits>

namespace pegplan::arch::host {

using Time = std::conditional_t<config::host_virtual_time, VirtualTime, RealTime>;

}  // namespace pegplan::arch::host
