// QEMU's way out for PCs: a write to a port ends the emulator. Its exit status carries seven bits, the lowest of them
// always set, so the whole code goes to a second port first, whose bytes the runner finds in a file.
#pragma once

#include "arch/devices/access.hpp"

#include <cstdint>

namespace pegplan::arch::devices {

struct IsaDebugExitConfig {
    std::uintptr_t base;         ///< the port that ends the emulator
    std::uintptr_t status_port;  ///< the port that takes the code
};

template <IsaDebugExitConfig config>
struct IsaDebugExit {
    /// Ends the emulator; the runner sees the lowest eight bits of `code`. Returns where there is no such device.
    static void exit(int code) noexcept
    {
        Ports::write(config.status_port, static_cast<std::uint8_t>(code));
        Ports::write(config.base, static_cast<std::uint8_t>(code & emulator_status_mask));
    }

private:
    static constexpr int emulator_status_mask = 0x7f;

    using Ports = RegisterSpace<Access::port>;
};

}  // namespace pegplan::arch::devices
