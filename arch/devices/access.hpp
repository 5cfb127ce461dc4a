// How the registers of a device are reached: through memory, or through x86's separate space of ports.
//
// A driver for devices that exist in both kinds names neither: it goes through `RegisterSpace<config.access>`. The
// space of ports exists on one architecture only, which specialises `RegisterSpace<Access::port>` in its own folder;
// everywhere else the use of it is a compile error.
#pragma once

#include "arch/devices/mmio.hpp"

#include <cstdint>

namespace pegplan::arch::devices {

enum class Access : std::uint8_t {
    mmio,  ///< loads and stores
    port,  ///< x86's `in` and `out`
};

/// Registers of a byte each at an address of the space. Declared here, defined for the spaces that exist.
template <Access access>
struct RegisterSpace;

template <>
struct RegisterSpace<Access::mmio> : Mmio8 {};

}  // namespace pegplan::arch::devices
