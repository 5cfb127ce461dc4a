// Cadence's UART, as in Xilinx' Zynq and ZynqMP, as a console: 8 data bits, no parity, one stop bit, transmission by
// polling.
//
// Source: Xilinx UG1085, Zynq UltraScale+ Device Technical Reference Manual, chapter "UART Controller".
#pragma once

#include "arch/devices/console_text.hpp"
#include "arch/devices/mmio.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace pegplan::arch::devices {

struct CadenceUartConfig {
    std::uintptr_t base;
    std::size_t size;     ///< bytes of address space
    std::uint64_t clock;  ///< hertz: what the divisor divides
    std::uint32_t baud;
};

template <CadenceUartConfig config>
struct CadenceUart {
    /// Sets the line's format and speed, once what firmware wrote is on the line. Raises no interrupts afterwards.
    static void init() noexcept
    {
        while ((read(status) & status_transmit_active) != 0) {
        }
        write(control, control_receive_disable | control_transmit_disable);
        write(interrupt_disable, all_interrupts);
        write(mode, mode_no_parity);
        write(divisor_register, divisor);
        write(bit_divisor, clocks_per_bit - 1);
        write(control, control_receive_reset | control_transmit_reset);
        write(control, control_receive_enable | control_transmit_enable);
    }

    /// Sends all of `text`, each "\n" as "\r\n".
    static void write(std::span<const char> text) noexcept
    {
        send_text(text, send);
    }

private:
    // Offsets of the registers, and the bits of each that are used here.
    static constexpr std::uintptr_t control = 0x00;
    static constexpr std::uint32_t control_receive_reset = 1U << 0;
    static constexpr std::uint32_t control_transmit_reset = 1U << 1;
    static constexpr std::uint32_t control_receive_enable = 1U << 2;
    static constexpr std::uint32_t control_receive_disable = 1U << 3;
    static constexpr std::uint32_t control_transmit_enable = 1U << 4;
    static constexpr std::uint32_t control_transmit_disable = 1U << 5;
    static constexpr std::uintptr_t mode = 0x04;
    static constexpr std::uint32_t mode_no_parity = 4U << 3;  // the rest of it zero: 8 bits, one stop bit, no other clock
    static constexpr std::uintptr_t interrupt_disable = 0x0c;
    static constexpr std::uint32_t all_interrupts = 0x3fff;
    static constexpr std::uintptr_t divisor_register = 0x18;
    static constexpr std::uintptr_t status = 0x2c;
    static constexpr std::uint32_t status_transmit_empty = 1U << 3;
    static constexpr std::uint32_t status_transmit_full = 1U << 4;
    static constexpr std::uint32_t status_transmit_active = 1U << 11;
    static constexpr std::uintptr_t data = 0x30;
    static constexpr std::uintptr_t bit_divisor = 0x34;

    static constexpr std::uint32_t clocks_per_bit = 16;
    static constexpr std::uint64_t clocks_per_divisor = std::uint64_t{clocks_per_bit} * config.baud;
    static constexpr std::uint64_t divisor_wanted = (config.clock + clocks_per_divisor / 2) / clocks_per_divisor;
    static_assert(divisor_wanted >= 1 && divisor_wanted <= 0xffff,
                  "board.yaml: the UART cannot make this baud rate from this clock");
    static constexpr auto divisor = static_cast<std::uint32_t>(divisor_wanted);

    static std::uint32_t read(std::uintptr_t offset) noexcept { return Mmio32::read(config.base + offset); }
    static void write(std::uintptr_t offset, std::uint32_t value) noexcept
    {
        Mmio32::write(config.base + offset, value);
    }

    static void send(char c) noexcept
    {
        while ((read(status) & status_transmit_full) != 0) {
        }
        write(data, static_cast<unsigned char>(c));
    }
};

}  // namespace pegplan::arch::devices
