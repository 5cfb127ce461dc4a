// The space of ports, for the drivers of devices that live there.
#pragma once

#include "arch/devices/access.hpp"

#include <cstdint>

namespace pegplan::arch::devices {

template <>
struct RegisterSpace<Access::port> {
    static std::uint8_t read(std::uintptr_t port) noexcept
    {
        std::uint8_t value;
        asm volatile("inb %w1, %0" : "=a"(value) : "Nd"(static_cast<std::uint16_t>(port)) : "memory");
        return value;
    }

    static void write(std::uintptr_t port, std::uint8_t value) noexcept
    {
        asm volatile("outb %0, %w1" : : "a"(value), "Nd"(static_cast<std::uint16_t>(port)) : "memory");
    }
};

}  // namespace pegplan::arch::devices
