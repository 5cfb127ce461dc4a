// The PC's interval timer: a clock of known frequency by which the clocks of the CPU are measured at boot. It raises
// no interrupts that anybody hears.
#pragma once

#include "arch/devices/access.hpp"

#include <cstdint>

namespace pegplan::arch::devices {

struct I8254Config {
    std::uintptr_t base;
    std::uint64_t frequency;  ///< hertz
};

template <I8254Config config>
struct I8254 {
    /// What the count is in: periods a second.
    static constexpr std::uint64_t frequency = config.frequency;

    /// Lets counter 0 run round through all of its 16 bits.
    static void start() noexcept
    {
        write(control_port, counter_0 | access_both_bytes | mode_rate_generator);
        write(counter_0_port, 0);  // 0 stands for 65536
        write(counter_0_port, 0);
    }

    /// Periods since some moment, modulo 2^16.
    static std::uint16_t count() noexcept
    {
        write(control_port, counter_0 | access_latch);
        const unsigned low = read(counter_0_port);
        const unsigned high = read(counter_0_port);
        return static_cast<std::uint16_t>(-(high << 8 | low));  // the device counts down
    }

    /// Ends the counting, and with it the device's periodic events: it counts to its end once more.
    static void stop() noexcept
    {
        write(control_port, counter_0 | access_both_bytes | mode_terminal_count);
        write(counter_0_port, 1);
        write(counter_0_port, 0);
    }

private:
    static constexpr std::uintptr_t counter_0_port = 0;
    static constexpr std::uintptr_t control_port = 3;
    static constexpr std::uint8_t counter_0 = 0x00;
    static constexpr std::uint8_t access_latch = 0x00;
    static constexpr std::uint8_t access_both_bytes = 0x30;
    static constexpr std::uint8_t mode_terminal_count = 0x00;
    static constexpr std::uint8_t mode_rate_generator = 0x04;

    using Ports = RegisterSpace<Access::port>;

    static void write(std::uintptr_t port, std::uint8_t value) noexcept { Ports::write(config.base + port, value); }
    static std::uint8_t read(std::uintptr_t port) noexcept { return Ports::read(config.base + port); }
};

}  // namespace pegplan::arch::devices
