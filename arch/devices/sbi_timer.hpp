// The timer of a RISC-V hart in S-mode: the `time` counter, and a deadline that is set through the firmware, or with
// the Sstc extension by writing a register.
#pragma once

#include "arch/port.hpp"
#include "arch/riscv64/csr.hpp"
#include "arch/riscv64/sbi.hpp"

namespace pegplan::arch::devices {

struct SbiTimerConfig {
    std::uint64_t frequency;  ///< hertz of the `time` counter
    bool sstc = false;        ///< the hart has the Sstc extension, and the firmware has enabled it
};

template <SbiTimerConfig config>
struct SbiTimer {
    static constexpr std::uint64_t frequency = config.frequency;

    /// No deadline is set and the interrupt is enabled.
    static void init() noexcept
    {
        set_deadline(no_deadline);
        riscv64::Sie::set(1U << riscv64::SupervisorMode::timer_interrupt);
    }

    [[nodiscard]] static Ticks now() noexcept { return riscv64::Time::read(); }

    static void set_deadline(Ticks deadline) noexcept
    {
        if constexpr (config.sstc) {
            riscv64::Stimecmp::write(deadline);
        } else {
            riscv64::sbi_set_timer(deadline);
        }
    }
};

}  // namespace pegplan::arch::devices
