// The 16550 UART and its compatibles, as a console: 8 data bits, no parity, one stop bit, transmission by polling.
#pragma once

#include "arch/devices/console_text.hpp"
#include "arch/devices/access.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace pegplan::arch::devices {

struct Ns16550Config {
    std::uintptr_t base;
    std::size_t size = 0;  ///< bytes of address space; of no meaning for ports
    Access access;
    std::uint32_t reg_shift = 0;  ///< registers are 2^reg_shift bytes apart
    std::uint64_t clock;          ///< hertz: what the divisor divides
    std::uint32_t baud;
};

template <Ns16550Config config>
struct Ns16550 {
    /// Sets the line's format and speed, empties the buffers. Raises no interrupts afterwards.
    static void init() noexcept
    {
        write_register(interrupt_enable, 0);
        write_register(line_control, line_8n1 | line_divisor_latch);
        write_register(divisor_low, divisor & byte_mask);
        write_register(divisor_high, divisor >> bits_per_byte);
        write_register(line_control, line_8n1);
        write_register(fifo_control, fifo_enable | fifo_clear_receiver | fifo_clear_transmitter);
        write_register(modem_control, modem_data_terminal_ready | modem_request_to_send);
    }

    /// Sends all of `text`, each "\n" as "\r\n".
    static void write(std::span<const char> text) noexcept
    {
        std::size_t room = 0;
        send_text(text, [&room](char c) noexcept { send(c, room); });
    }

private:
    // Register numbers, and the bits of each that are used here.
    static constexpr unsigned transmit = 0;
    static constexpr unsigned divisor_low = 0;  // these two while line_divisor_latch is set
    static constexpr unsigned divisor_high = 1;
    static constexpr unsigned interrupt_enable = 1;
    static constexpr unsigned fifo_control = 2;
    static constexpr unsigned fifo_enable = 0x01;
    static constexpr unsigned fifo_clear_receiver = 0x02;
    static constexpr unsigned fifo_clear_transmitter = 0x04;
    static constexpr unsigned line_control = 3;
    static constexpr unsigned line_8n1 = 0x03;
    static constexpr unsigned line_divisor_latch = 0x80;
    static constexpr unsigned modem_control = 4;
    static constexpr unsigned modem_data_terminal_ready = 0x01;
    static constexpr unsigned modem_request_to_send = 0x02;
    static constexpr unsigned line_status = 5;
    static constexpr unsigned status_transmitter_empty = 0x20;

    static constexpr unsigned bits_per_byte = 8;
    static constexpr unsigned byte_mask = 0xff;

    /// How many bytes the transmitter takes once it is empty.
    static constexpr std::size_t fifo_depth = 16;

    static constexpr std::uint64_t clocks_per_bit = 16;
    static constexpr std::uint64_t clocks_per_divisor = clocks_per_bit * config.baud;
    static constexpr std::uint64_t divisor_wanted = (config.clock + clocks_per_divisor / 2) / clocks_per_divisor;
    static_assert(divisor_wanted >= 1 && divisor_wanted <= 0xffff,
                  "board.yaml: the UART cannot make this baud rate from this clock");
    static constexpr auto divisor = static_cast<unsigned>(divisor_wanted);

    static void write_register(unsigned index, unsigned value) noexcept
    {
        RegisterSpace<config.access>::write(config.base + (std::uintptr_t{index} << config.reg_shift),
                                            static_cast<std::uint8_t>(value));
    }

    static unsigned read_register(unsigned index) noexcept
    {
        return RegisterSpace<config.access>::read(config.base + (std::uintptr_t{index} << config.reg_shift));
    }

    /// Sends one byte. `room` is how many more the transmitter is known to take.
    static void send(char c, std::size_t& room) noexcept
    {
        if (room == 0) {
            while ((read_register(line_status) & status_transmitter_empty) == 0) {
            }
            room = fifo_depth;
        }
        --room;
        write_register(transmit, static_cast<unsigned char>(c));
    }
};

}  // namespace pegplan::arch::devices
