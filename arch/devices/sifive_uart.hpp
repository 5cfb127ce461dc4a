// SiFive's UART, as a console: 8 data bits, no parity, one stop bit, transmission by polling.
//
// Source: SiFive FU540-C000 Manual, chapter "Universal Asynchronous Receiver/Transmitter".
#pragma once

#include "arch/devices/console_text.hpp"
#include "arch/devices/mmio.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace pegplan::arch::devices {

struct SifiveUartConfig {
    std::uintptr_t base;
    std::size_t size;     ///< bytes of address space
    std::uint64_t clock;  ///< hertz: what the divisor divides
    std::uint32_t baud;
};

template <SifiveUartConfig config>
struct SifiveUart {
    /// Sets the line's speed and lets the transmitter run. Raises no interrupts afterwards.
    static void init() noexcept
    {
        write(interrupt_enable, 0);
        write(divisor_register, divisor);
        write(transmit_control, transmit_enable);
    }

    /// Sends all of `text`, each "\n" as "\r\n".
    static void write(std::span<const char> text) noexcept
    {
        send_text(text, send);
    }

private:
    // Offsets of the registers, and the bits of each that are used here.
    static constexpr std::uintptr_t transmit_data = 0x00;
    static constexpr std::uint32_t transmit_full = 1U << 31;
    static constexpr std::uintptr_t transmit_control = 0x08;
    static constexpr std::uint32_t transmit_enable = 1U << 0;
    static constexpr std::uintptr_t interrupt_enable = 0x10;
    static constexpr std::uintptr_t divisor_register = 0x18;

    // A bit lasts one clock longer than the register says.
    static constexpr std::uint64_t clocks_per_bit = (config.clock + config.baud / 2) / config.baud;
    static_assert(clocks_per_bit >= 17 && clocks_per_bit <= 0x1'0000,
                  "board.yaml: the UART cannot make this baud rate from this clock");
    static constexpr auto divisor = static_cast<std::uint32_t>(clocks_per_bit - 1);

    static std::uint32_t read(std::uintptr_t offset) noexcept { return Mmio32::read(config.base + offset); }
    static void write(std::uintptr_t offset, std::uint32_t value) noexcept
    {
        Mmio32::write(config.base + offset, value);
    }

    static void send(char c) noexcept
    {
        while ((read(transmit_data) & transmit_full) != 0) {
        }
        write(transmit_data, static_cast<unsigned char>(c));
    }
};

}  // namespace pegplan::arch::devices
