// Driver: a console that writes to a file descriptor of the process.
#pragma once

#include "arch/host/linux.hpp"

#include <cstdint>
#include <span>

namespace pegplan::arch::devices {

struct HostConsoleConfig {
    std::uint32_t descriptor;
};

template <HostConsoleConfig config>
struct HostConsole {
    static void init() noexcept {}

    /// Line ends are those of the process's environment.
    static void write(std::span<const char> text) noexcept
    {
        host::write_all(static_cast<int>(config.descriptor), text);
    }
};

}  // namespace pegplan::arch::devices
