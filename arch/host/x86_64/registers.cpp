// The registers of x86_64, for reports.
#include "host_machine.hpp"

#include <iterator>
#include <string_view>

namespace pegplan::arch::host {
namespace {

struct NamedRegister {
    std::string_view name;
    int index;  ///< in a signal's frame
};

constexpr NamedRegister named_registers[] = {
    {"rip", REG_RIP}, {"rflags", REG_EFL}, {"rax", REG_RAX}, {"rbx", REG_RBX}, {"rcx", REG_RCX}, {"rdx", REG_RDX},
    {"rsi", REG_RSI}, {"rdi", REG_RDI},    {"rbp", REG_RBP}, {"rsp", REG_RSP}, {"r8", REG_R8},   {"r9", REG_R9},
    {"r10", REG_R10}, {"r11", REG_R11},    {"r12", REG_R12}, {"r13", REG_R13}, {"r14", REG_R14}, {"r15", REG_R15},
};

}  // namespace

AccessKind access_kind(const ucontext_t& context) noexcept
{
    // The error code of a page fault.
    constexpr greg_t page_fault = 14;
    constexpr greg_t write = 1 << 1;
    constexpr greg_t fetch = 1 << 4;
    const auto& values = context.uc_mcontext.gregs;
    if (values[REG_TRAPNO] != page_fault) {
        return AccessKind::unknown;
    }
    return (values[REG_ERR] & fetch) != 0   ? AccessKind::execution
           : (values[REG_ERR] & write) != 0 ? AccessKind::write
                                            : AccessKind::read;
}

void fill_registers(RegisterDump& dump, const ucontext_t& context) noexcept
{
    const auto& values = context.uc_mcontext.gregs;
    for (const NamedRegister& named : named_registers) {
        dump.add(named.name, static_cast<std::uintptr_t>(values[named.index]));
    }
    dump.program_counter = program_counter(context);
    dump.frame_pointer = static_cast<std::uintptr_t>(values[REG_RBP]);
}

[[gnu::noinline]] void capture_registers(RegisterDump& dump) noexcept
{
    std::uintptr_t values[5];
    asm volatile("movq %%rbx, 0(%0)\n\tmovq %%r12, 8(%0)\n\tmovq %%r13, 16(%0)\n\tmovq %%r14, 24(%0)\n\t"
                 "movq %%r15, 32(%0)"
                 :
                 : "r"(values)
                 : "memory");
    constexpr std::string_view names[std::size(values)] = {"rbx", "r12", "r13", "r14", "r15"};
    dump.program_counter = reinterpret_cast<std::uintptr_t>(__builtin_return_address(0));
    if constexpr (config::frame_pointers) {
        // The caller's, which this function's frame record holds.
        dump.frame_pointer = *static_cast<const std::uintptr_t*>(__builtin_frame_address(0));
    }
    dump.add("rip", dump.program_counter);
    dump.add("rflags", __builtin_ia32_readeflags_u64());
    dump.add("rsp", reinterpret_cast<std::uintptr_t>(__builtin_dwarf_cfa()));
    dump.add("rbp", dump.frame_pointer);
    for (std::size_t index = 0; index < std::size(values); ++index) {
        dump.add(names[index], values[index]);
    }
}

}  // namespace pegplan::arch::host
