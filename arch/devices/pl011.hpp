// ARM's PrimeCell UART, as a console: 8 data bits, no parity, one stop bit, transmission by polling.
#pragma once

#include "arch/devices/console_text.hpp"
#include "arch/devices/mmio.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace pegplan::arch::devices {

struct Pl011Config {
    std::uintptr_t base;
    std::size_t size;     ///< bytes of address space
    std::uint64_t clock;  ///< hertz: what the divisor divides
    std::uint32_t baud;
};

template <Pl011Config config>
struct Pl011 {
    /// Sets the line's format and speed, once what firmware wrote is on the line. Raises no interrupts afterwards.
    static void init() noexcept
    {
        while ((read(flags) & flags_busy) != 0) {
        }
        write(control, 0);
        write(interrupt_mask, 0);
        write(integer_divisor, divisor >> fraction_bits);
        write(fractional_divisor, divisor & ((1U << fraction_bits) - 1));
        write(line_control, line_8_bits | line_fifos);  // behind the divisors: it makes them effective
        write(control, control_enable | control_transmit | control_receive);
    }

    /// Sends all of `text`, each "\n" as "\r\n".
    static void write(std::span<const char> text) noexcept
    {
        send_text(text, send);
    }

private:
    // Offsets of the registers, and the bits of each that are used here.
    static constexpr std::uintptr_t data = 0x00;
    static constexpr std::uintptr_t flags = 0x18;
    static constexpr std::uint32_t flags_busy = 1U << 3;
    static constexpr std::uint32_t flags_transmit_full = 1U << 5;
    static constexpr std::uintptr_t integer_divisor = 0x24;
    static constexpr std::uintptr_t fractional_divisor = 0x28;
    static constexpr std::uintptr_t line_control = 0x2c;
    static constexpr std::uint32_t line_fifos = 1U << 4;
    static constexpr std::uint32_t line_8_bits = 3U << 5;
    static constexpr std::uintptr_t control = 0x30;
    static constexpr std::uint32_t control_enable = 1U << 0;
    static constexpr std::uint32_t control_transmit = 1U << 8;
    static constexpr std::uint32_t control_receive = 1U << 9;
    static constexpr std::uintptr_t interrupt_mask = 0x38;

    // The divisor, clock / (16 * baud), has 16 bits before the point and 6 behind it.
    static constexpr int fraction_bits = 6;
    static constexpr std::uint64_t divisor_scale = (std::uint64_t{1} << fraction_bits) / 16;
    static constexpr std::uint64_t divisor_wanted = (config.clock * divisor_scale + config.baud / 2) / config.baud;
    static_assert(divisor_wanted >> fraction_bits >= 1 && divisor_wanted >> fraction_bits <= 0xffff,
                  "board.yaml: the UART cannot make this baud rate from this clock");
    static constexpr auto divisor = static_cast<std::uint32_t>(divisor_wanted);

    static std::uint32_t read(std::uintptr_t offset) noexcept { return Mmio32::read(config.base + offset); }
    static void write(std::uintptr_t offset, std::uint32_t value) noexcept
    {
        Mmio32::write(config.base + offset, value);
    }

    static void send(char c) noexcept
    {
        while ((read(flags) & flags_transmit_full) != 0) {
        }
        write(data, static_cast<unsigned char>(c));
    }
};

}  // namespace pegplan::arch::devices
