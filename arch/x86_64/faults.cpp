// Exceptions, as the kernel reports them. None of them is survived yet; one is no fault but another CPU's order to
// halt.
#include "arch/x86_64/cpu.hpp"
#include "arch/x86_64/registers.hpp"
#include "arch/x86_64/secondary.hpp"
#include "arch/x86_64/vectors.hpp"
#include "core/kernel_entry.hpp"

#include <pegplan/config/smp.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pegplan::arch::x86_64 {
namespace {

/// As trap.S and the CPU leave it on the stack.
struct ExceptionFrame {
    IntegerRegisters integers;
    std::uint64_t vector;
    std::uint64_t error_code;
    InterruptFrame interrupted;
};
static_assert(sizeof(ExceptionFrame) == 22 * sizeof(std::uint64_t), "trap.S aligns the stack by this");

constexpr std::array<std::string_view, first_interrupt_vector> exception_names{
    "divide error",
    "debug exception",
    "non-maskable interrupt",
    "breakpoint",
    "overflow",
    "bound range exceeded",
    "invalid opcode",
    "device not available",
    "double fault",
    "coprocessor segment overrun",
    "invalid task segment",
    "segment not present",
    "stack segment fault",
    "general protection fault",
    "page fault",
    "reserved exception 15",
    "x87 floating-point error",
    "alignment check",
    "machine check",
    "SIMD floating-point exception",
    "virtualisation exception",
    "control protection exception",
    "reserved exception 22",
    "reserved exception 23",
    "reserved exception 24",
    "reserved exception 25",
    "reserved exception 26",
    "reserved exception 27",
    "hypervisor injection exception",
    "VMM communication exception",
    "security exception",
    "reserved exception 31",
};

// Bits of a page fault's error code.
constexpr std::uint64_t fault_protection = 0x01;  // the page is mapped, but not for this
constexpr std::uint64_t fault_write = 0x02;
constexpr std::uint64_t fault_reserved_bit = 0x08;
constexpr std::uint64_t fault_fetch = 0x10;

std::string_view page_fault_name(std::uint64_t error_code) noexcept
{
    using namespace std::string_view_literals;

    const bool mapped = (error_code & fault_protection) != 0;
    if ((error_code & fault_reserved_bit) != 0) {
        return "page fault: malformed page table"sv;
    }
    if ((error_code & fault_fetch) != 0) {
        return mapped ? "page fault: execution of data"sv : "page fault: execution of an unmapped page"sv;
    }
    if ((error_code & fault_write) != 0) {
        return mapped ? "page fault: write to a read-only page"sv : "page fault: write to an unmapped page"sv;
    }
    return mapped ? "page fault: read of a protected page"sv : "page fault: read of an unmapped page"sv;
}

}  // namespace
}  // namespace pegplan::arch::x86_64

/// Entered from trap.S with the frame that it made. Masked.
extern "C" [[noreturn]] void pegplan_exception(const pegplan::arch::x86_64::ExceptionFrame& frame) noexcept
{
    using namespace pegplan;
    using namespace pegplan::arch::x86_64;

    if constexpr (config::smp) {
        if (frame.vector == vector_nmi && must_halt()) {
            halt_as_told();
        }
    }
    kernel::Fault fault{};
    fault.code = frame.error_code;
    if (frame.vector == vector_page_fault) {
        fault.cause = page_fault_name(frame.error_code);
        fault.address = read_cr2();
        fault.has_address = true;
    } else if (frame.vector < exception_names.size()) {
        fault.cause = exception_names[frame.vector];
    } else {
        fault.cause = std::string_view{"unexpected interrupt"};
        fault.code = frame.vector;
    }
    fill(fault.registers, frame.integers, frame.interrupted);
    kernel::fault(fault);
}
