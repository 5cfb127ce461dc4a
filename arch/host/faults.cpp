// Faults: signals that the code itself has caused become faults of the kernel, which reports them and ends the image.
#include "arch/host/faults.hpp"

#include "arch/host/cpu.hpp"
#include "core/kernel_entry.hpp"

#include <array>
#include <cstddef>
#include <string_view>

namespace pegplan::arch::host {
namespace {

/// Room for a signal's frame and the report, whatever the state of the thread's stack.
constexpr std::size_t signal_stack_size = 65536;
alignas(machine_stack_alignment) constinit std::array<std::array<std::byte, signal_stack_size>, config::cpus>
    signal_stacks{};

constexpr std::array fault_signals{SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP};

std::string_view segmentation_name(int code, AccessKind kind) noexcept
{
    struct Names {
        std::string_view unmapped;
        std::string_view forbidden;
    };
    // In the order of AccessKind.
    constexpr Names names[] = {
        {"read of an unmapped page", "read of a protected page"},
        {"write to an unmapped page", "write to a protected page"},
        {"execution of an unmapped page", "execution of a page that is not executable"},
        {"access to an unmapped page", "access to a protected page"},
    };
    switch (code) {
    case SEGV_MAPERR: return names[static_cast<int>(kind)].unmapped;
    case SEGV_ACCERR: return names[static_cast<int>(kind)].forbidden;
    case SI_KERNEL: return "access to an impossible address";
    default: return "segmentation fault";
    }
}

std::string_view arithmetic_name(int code) noexcept
{
    switch (code) {
    case FPE_INTDIV: return "integer division by zero";
    case FPE_INTOVF: return "integer overflow";
    default: return "floating-point exception";
    }
}

std::string_view name_of(int signal, int code, AccessKind kind) noexcept
{
    switch (signal) {
    case SIGSEGV: return segmentation_name(code, kind);
    case SIGBUS: return "bus error";
    case SIGILL: return "illegal instruction";
    case SIGFPE: return arithmetic_name(code);
    case SIGTRAP: return "breakpoint";
    default: return "unexpected signal";
    }
}

bool has_address(int signal, int code) noexcept
{
    return (signal == SIGSEGV && code != SI_KERNEL) || signal == SIGBUS;
}

void report(int signal, const siginfo_t* info, const void* context) noexcept
{
    const auto& interrupted = *static_cast<const ucontext_t*>(context);
    kernel::Fault fault{};
    fault.cause = name_of(signal, info->si_code, access_kind(interrupted));
    fault.code = static_cast<std::uintptr_t>(signal);
    fault.has_address = has_address(signal, info->si_code);
    fault.address = fault.has_address ? reinterpret_cast<std::uintptr_t>(info->si_addr) : 0;
    fill_registers(fault.registers, interrupted);
    kernel::fault(fault);
}

/// In the section of what is not preempted (real_time.cpp): this stack is the CPU's, and whoever ran on it could not go on
/// elsewhere.
[[gnu::section("pegplan_handler")]] void on_fault(int signal, siginfo_t* info, void* context) noexcept
{
    mask();
    report(signal, info, context);
}

}  // namespace

SystemResult init_faults(HostCpu& cpu) noexcept
{
    std::array<std::byte, signal_stack_size>& signal_stack = signal_stacks[cpu.many.number];
    cpu.signal_stack = {.ss_sp = signal_stack.data(), .ss_flags = 0, .ss_size = signal_stack.size()};
    if (const SystemResult result = set_signal_stack(cpu.signal_stack); result.failed()) {
        return result;
    }
    for (const int signal : fault_signals) {
        if (const SystemResult result = install_handler(signal, &on_fault, SA_ONSTACK); result.failed()) {
            return result;
        }
    }
    return {0};
}

}  // namespace pegplan::arch::host
