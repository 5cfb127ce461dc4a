// Device registers in memory: each access happens once, as written, with the width of `T`.
//
// The compiler keeps accesses to registers in program order among themselves; device memory (mmu::Permission::device)
// keeps them so on the bus. Neither orders them against accesses to ordinary memory.
#pragma once

#include <concepts>
#include <cstdint>

namespace pegplan::arch::devices {

template <std::unsigned_integral T>
struct Mmio {
    static T read(std::uintptr_t address) noexcept { return *reinterpret_cast<const volatile T*>(address); }

    static void write(std::uintptr_t address, T value) noexcept { *reinterpret_cast<volatile T*>(address) = value; }
};

using Mmio8 = Mmio<std::uint8_t>;
using Mmio32 = Mmio<std::uint32_t>;
using Mmio64 = Mmio<std::uint64_t>;

}  // namespace pegplan::arch::devices
