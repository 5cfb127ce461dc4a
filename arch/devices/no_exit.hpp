// What a board has whose file names no device that ends the machine.
#pragma once

namespace pegplan::arch::devices {

struct NoExit {
    /// Returns: nobody hears the code, and the port halts all CPUs.
    static void exit(int /*code*/) noexcept {}
};

}  // namespace pegplan::arch::devices
