// The pair of interrupt controllers that every PC still has. The local APIC does their work; here they are silenced.
#pragma once

#include "arch/devices/access.hpp"

#include <cstdint>

namespace pegplan::arch::devices {

struct I8259Config {
    std::uintptr_t base;       ///< first port of the controller that the CPU sees
    std::uintptr_t secondary;  ///< first port of the one behind it
};

template <I8259Config config>
struct I8259 {
    /// Masks all sixteen lines.
    static void mask_all() noexcept
    {
        Ports::write(config.secondary + mask_port, all_lines);
        Ports::write(config.base + mask_port, all_lines);
    }

private:
    static constexpr std::uintptr_t mask_port = 1;
    static constexpr std::uint8_t all_lines = 0xff;

    using Ports = RegisterSpace<Access::port>;
};

}  // namespace pegplan::arch::devices
