// Names for the registers that a panic shows.
#include "arch/x86_64/registers.hpp"

#include "arch/x86_64/cpu.hpp"

#include <cstddef>
#include <cstdint>
#include <iterator>

namespace pegplan::arch::x86_64 {
namespace {

/// Of the words of struct IntegerRegisters, last to first.
constexpr char integer_register_names[][4] = {"rax", "rcx", "rdx", "rbx", "rbp", "rsi", "rdi", "r8",
                                              "r9",  "r10", "r11", "r12", "r13", "r14", "r15"};
constexpr std::size_t integer_register_count = std::size(integer_register_names);
static_assert(sizeof(IntegerRegisters) == integer_register_count * sizeof(std::uint64_t));

}  // namespace

void fill(RegisterDump& dump, const IntegerRegisters& integers, const InterruptFrame& frame) noexcept
{
    const auto* word = reinterpret_cast<const std::uint64_t*>(&integers + 1);
    for (const auto& name : integer_register_names) {
        dump.add(name, *--word);
    }
    dump.add("rsp", frame.rsp);
    dump.add("rip", frame.rip);
    dump.add("rflags", frame.rflags);
    dump.add("cs", frame.cs);
    dump.add("ss", frame.ss);
    dump.add("cr0", read_cr0());
    dump.add("cr2", read_cr2());
    dump.add("cr3", read_cr3());
    dump.add("cr4", read_cr4());
    dump.program_counter = frame.rip;
    dump.frame_pointer = integers.rbp;
}

}  // namespace pegplan::arch::x86_64
