// Exceptions: reported as faults of the running code, but for those that lazy floating point is made of, and those that come of
// page tables which have changed.
#include "arch/riscv64/frame.h"
#include "arch/riscv64/port.hpp"
#include "core/kernel_entry.hpp"

#include <iterator>

namespace pegplan::arch::riscv64 {
namespace {

/// What trap.S leaves on the exception stack.
struct FaultFrame {
    std::uintptr_t x[32];  ///< x[0] is not written
};
static_assert(sizeof(FaultFrame) == FAULT_FRAME_SIZE);

constexpr std::string_view register_names[] = {
    "zero", "ra", "sp", "gp", "tp",  "t0",  "t1", "t2", "s0", "s1", "a0",  "a1",  "a2", "a3", "a4", "a5",
    "a6",   "a7", "s2", "s3", "s4",  "s5",  "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6",
};
constexpr std::size_t frame_pointer = 8;

constexpr std::string_view exception_names[] = {
    "instruction address misaligned",
    "instruction access fault",
    "illegal instruction",
    "breakpoint",
    "load address misaligned",
    "load access fault",
    "store address misaligned",
    "store access fault",
    "environment call from U-mode",
    "environment call from S-mode",
    "exception 10",
    "environment call from M-mode",
    "instruction page fault",
    "load page fault",
    "exception 14",
    "store page fault",
};
constexpr std::uintptr_t illegal_instruction = 2;
constexpr std::uintptr_t breakpoint = 3;
constexpr std::uintptr_t load_page_fault = 13;
constexpr std::uintptr_t store_page_fault = 15;

/// Whether the cause was that the unit was off, and no longer is.
bool resolve_fp_trap(std::uintptr_t cause) noexcept
{
    // With the unit on the instruction really is illegal.
    return config::fp_lazy && cause == illegal_instruction && (Status::read() & status_fs) == status_fs_off &&
           FpContext::take();
}

/// Whether the cause was that this hart remembered a guard page which another one has removed: harts may keep translations that
/// do not exist, and need not look again before they fault.
bool resolve_stale_translation([[maybe_unused]] std::uintptr_t cause) noexcept
{
    if constexpr (HartTranslations::may_be_stale) {
        const std::uintptr_t address = Mode::TrapValue::read();
        if ((cause == load_page_fault || cause == store_page_fault) && is_usable_page(address)) {
            asm volatile("sfence.vma %0, zero" : : "r"(address) : "memory");
            return true;
        }
    }
    return false;
}

}  // namespace
}  // namespace pegplan::arch::riscv64

/// Entered from trap.S on the exception stack. Masked.
extern "C" void pegplan_exception(const pegplan::arch::riscv64::FaultFrame* frame) noexcept
{
    using namespace pegplan;
    using namespace pegplan::arch::riscv64;

    const std::uintptr_t cause = Mode::Cause::read();
    if (resolve_fp_trap(cause) || resolve_stale_translation(cause)) {
        return;
    }
    kernel::Fault fault{};
    fault.code = cause;
    if ((cause & cause_interrupt) != 0) {
        fault.cause = "interrupt that nothing handles";
    } else {
        fault.cause = cause < std::size(exception_names) ? exception_names[cause] : "unknown exception";
        fault.address = Mode::TrapValue::read();
        fault.has_address = cause != illegal_instruction && cause != breakpoint;
    }
    fault.registers.program_counter = Mode::ExceptionPlace::read();
    fault.registers.frame_pointer = frame->x[frame_pointer];
    fault.registers.add(config::riscv_machine_mode ? "mepc" : "sepc", fault.registers.program_counter);
    for (std::size_t index = 1; index < std::size(register_names); ++index) {
        fault.registers.add(register_names[index], frame->x[index]);
    }
    fault.registers.add(status_name, Status::read());
    kernel::fault(fault);
}
