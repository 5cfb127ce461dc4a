// Driver: the end of the process.
#pragma once

#include "arch/host/start.hpp"

namespace pegplan::arch::devices {

struct HostExitConfig {};

template <HostExitConfig config>
struct HostExit {
    /// Of `code`, Linux passes the lowest eight bits on.
    [[noreturn]] static void exit(int code) noexcept { host::end_process(code); }
};

}  // namespace pegplan::arch::devices
