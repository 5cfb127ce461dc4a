// Faults: what the CPU tells about them, in words and registers.
#pragma once

#include "arch/aarch64/frames.hpp"
#include "arch/port.hpp"

#include <cstdint>

extern "C" void pegplan_aarch64_capture(pegplan::arch::aarch64::TrapFrame* frame) noexcept;

namespace pegplan::arch::aarch64 {

/// Fills `dump` from a frame. Those registers that `pegplan_aarch64_capture` does not save are left out.
void describe_registers(RegisterDump& dump, const TrapFrame& frame) noexcept;

/// An interrupt has come that nobody enabled.
[[noreturn]] void unexpected_interrupt(std::uint32_t number) noexcept;

}  // namespace pegplan::arch::aarch64
