// Random bits for seeds.
#pragma once

#include <cstdint>

namespace pegplan::arch::x86_64 {

/// Whether the CPU has a generator of its own (RDSEED or RDRAND).
bool has_hardware_entropy() noexcept;

/// 64 bits from the CPU's generator; where it has none, or it gives nothing, from the jitter of the time stamp counter.
std::uint64_t entropy() noexcept;

}  // namespace pegplan::arch::x86_64
