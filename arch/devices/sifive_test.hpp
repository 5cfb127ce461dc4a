// The test finisher of SiFive's and QEMU's machines: ends the machine and reports a code.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pegplan::arch::devices {

struct SifiveTestConfig {
    std::uintptr_t base;
    std::size_t size;
};

template <SifiveTestConfig config>
struct SifiveTest {
    [[noreturn]] static void exit(int code) noexcept
    {
        constexpr std::uint32_t pass = 0x5555;
        constexpr std::uint32_t fail = 0x3333;
        constexpr int code_shift = 16;
        const auto shown = static_cast<std::uint32_t>(code) & 0xff;
        auto* const finisher = reinterpret_cast<volatile std::uint32_t*>(config.base);
        for (;;) {
            *finisher = shown == 0 ? pass : shown << code_shift | fail;
        }
    }
};

}  // namespace pegplan::arch::devices
