// What happens in an interrupt between saving and restoring the registers ("arch/aarch64/vectors.S").
#include "arch/aarch64/floating_point.hpp"
#include "arch/aarch64/many_cpus.hpp"
#include "arch/aarch64/trap.hpp"
#include "core/kernel_entry.hpp"

#include <pegplan/board/devices.hpp>
#include <pegplan/config/arch.hpp>
#include <pegplan/config/smp.hpp>

#include <cstdint>

namespace pegplan::arch::aarch64 {

namespace {

/// Runs other threads until the interrupted one is due again. The interrupted thread's caller-saved registers are on
/// its stack; what is left to save is what the next interrupt would overwrite, and what only other threads change:
/// the floating-point unit, and x18, which the compiler leaves alone but its library for long double does not.
/// Out of line because its frame is large and most interrupts preempt nobody.
[[gnu::noinline]] void preempt_interrupted() noexcept
{
    std::uint64_t program_counter;
    std::uint64_t status;
    asm volatile("mrs %0, elr_el1" : "=r"(program_counter));
    asm volatile("mrs %0, spsr_el1" : "=r"(status));
    if constexpr (config::fp_none) {
        kernel::preempt();
    } else {
        std::uint64_t x18;
        asm volatile("mov %0, x18" : "=r"(x18));
        if constexpr (config::fp_eager) {
            FpState state;
            pegplan_aarch64_fp_save(&state);
            kernel::preempt();
            pegplan_aarch64_fp_restore(&state);
        } else {
            kernel::preempt();
        }
        asm volatile("mov x18, %0" : : "r"(x18));
    }
    asm volatile("msr elr_el1, %0" : : "r"(program_counter));
    asm volatile("msr spsr_el1, %0" : : "r"(status));
}

/// Handles an interrupt that came from another CPU; false if it did not.
[[gnu::always_inline]] inline bool answer_other_cpu([[maybe_unused]] board::InterruptController::Ticket ticket,
                                                    [[maybe_unused]] std::uint32_t number) noexcept
{
    if constexpr (config::smp) {
        if (number == irq_call) {
            // A call that comes while this one is answered interrupts again. Nothing behind the barrier is read before
            // the interrupt has been acknowledged.
            board::InterruptController::end(ticket);
            asm volatile("isb" : : : "memory");
            kernel::ipi_interrupt();
            return true;
        }
        if (number == irq_halt) {
            halt_this_cpu();
        }
    }
    return false;
}

}  // namespace

}  // namespace pegplan::arch::aarch64

// Entered from the vector of IRQs, masked, on the interrupted thread's stack.
extern "C" void pegplan_aarch64_interrupt() noexcept
{
    using namespace pegplan;
    using Controller = board::InterruptController;

    if constexpr (config::smp) {
        asm volatile("msr daifclr, #1" : : : "memory");  // a fast interrupt overwrites ELR and SPSR, and never returns
    }
    kernel::isr_enter();
    const Controller::Ticket ticket = Controller::acknowledge();
    const std::uint32_t number = Controller::number(ticket);
    if (number == board::Timer::irq) [[likely]] {
        kernel::timer_interrupt();
        Controller::end(ticket);
    } else if (!arch::aarch64::answer_other_cpu(ticket, number) && !Controller::is_none(number)) {
        arch::aarch64::unexpected_interrupt(number);
    }
    if (kernel::isr_exit()) {
        arch::aarch64::preempt_interrupted();
    }
}
