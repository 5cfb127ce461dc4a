// The begin and the end of the process.
#pragma once

#include <cstddef>
#include <span>

namespace pegplan::arch::host {

/// The stack of the calling CPU's pthread, on which its idle thread runs.
[[nodiscard]] std::span<std::byte> boot_stack() noexcept;

/// Ends the process, when what an instrumented build has counted is written.
[[noreturn]] void end_process(int code) noexcept;

}  // namespace pegplan::arch::host
