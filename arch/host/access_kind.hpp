// What an instruction does with memory.
#pragma once

#include <cstdint>

namespace pegplan::arch::host {

enum class AccessKind : std::uint8_t { read, write, execution, unknown };

}  // namespace pegplan::arch::host
