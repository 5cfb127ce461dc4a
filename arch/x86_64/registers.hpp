// The integer registers of a moment, as trap.S pushes them and as panics show them.
#pragma once

#include "arch/port.hpp"

#include <cstddef>
#include <cstdint>

namespace pegplan::arch::x86_64 {

/// In the order in which trap.S leaves them in memory: the last one pushed comes first.
struct IntegerRegisters {
    std::uint64_t r15, r14, r13, r12, r11, r10, r9, r8;
    std::uint64_t rdi, rsi, rbp, rbx, rdx, rcx, rax;
};

/// What the CPU pushes by itself when it takes an interrupt.
struct InterruptFrame {
    std::uint64_t rip;
    std::uint64_t cs;
    std::uint64_t rflags;
    std::uint64_t rsp;
    std::uint64_t ss;
};

/// The registers of the function that this is inlined into.
[[gnu::always_inline]] inline void capture(IntegerRegisters& integers, InterruptFrame& frame) noexcept
{
    asm volatile(
        "movq %%rax, %c[rax](%[to])\n\t"
        "movq %%rbx, %c[rbx](%[to])\n\t"
        "movq %%rcx, %c[rcx](%[to])\n\t"
        "movq %%rdx, %c[rdx](%[to])\n\t"
        "movq %%rsi, %c[rsi](%[to])\n\t"
        "movq %%rdi, %c[rdi](%[to])\n\t"
        "movq %%rbp, %c[rbp](%[to])\n\t"
        "movq %%r8, %c[r8](%[to])\n\t"
        "movq %%r9, %c[r9](%[to])\n\t"
        "movq %%r10, %c[r10](%[to])\n\t"
        "movq %%r11, %c[r11](%[to])\n\t"
        "movq %%r12, %c[r12](%[to])\n\t"
        "movq %%r13, %c[r13](%[to])\n\t"
        "movq %%r14, %c[r14](%[to])\n\t"
        "movq %%r15, %c[r15](%[to])"
        :
        : [to] "r"(&integers), [rax] "i"(offsetof(IntegerRegisters, rax)), [rbx] "i"(offsetof(IntegerRegisters, rbx)),
          [rcx] "i"(offsetof(IntegerRegisters, rcx)), [rdx] "i"(offsetof(IntegerRegisters, rdx)),
          [rsi] "i"(offsetof(IntegerRegisters, rsi)), [rdi] "i"(offsetof(IntegerRegisters, rdi)),
          [rbp] "i"(offsetof(IntegerRegisters, rbp)), [r8] "i"(offsetof(IntegerRegisters, r8)),
          [r9] "i"(offsetof(IntegerRegisters, r9)), [r10] "i"(offsetof(IntegerRegisters, r10)),
          [r11] "i"(offsetof(IntegerRegisters, r11)), [r12] "i"(offsetof(IntegerRegisters, r12)),
          [r13] "i"(offsetof(IntegerRegisters, r13)), [r14] "i"(offsetof(IntegerRegisters, r14)),
          [r15] "i"(offsetof(IntegerRegisters, r15))
        : "memory");
    asm volatile("leaq 1f(%%rip), %0\n1:" : "=r"(frame.rip));
    asm volatile("movq %%rsp, %0" : "=r"(frame.rsp));
    asm volatile("pushfq; popq %0" : "=r"(frame.rflags));
    asm volatile("movq %%cs, %0" : "=r"(frame.cs));
    asm volatile("movq %%ss, %0" : "=r"(frame.ss));
}

/// Adds everything to `dump`, and the control registers as they are now.
void fill(RegisterDump& dump, const IntegerRegisters& integers, const InterruptFrame& frame) noexcept;

}  // namespace pegplan::arch::x86_64
