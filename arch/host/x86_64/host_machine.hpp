// x86_64 as a machine that Linux runs on: system calls, the switch of contexts, the counter, registers.
#pragma once

#include "arch/host/access_kind.hpp"
#include "arch/port.hpp"

#include <pegplan/config/arch.hpp>

#include <ucontext.h>

#include <cstddef>
#include <cstdint>

/// machine.S: where a new context begins.
extern "C" const std::byte pegplan_context_start[];

namespace pegplan::arch::host {

[[gnu::always_inline]] inline std::intptr_t system_call(long number, std::uintptr_t a, std::uintptr_t b, std::uintptr_t c,
                                                        std::uintptr_t d, std::uintptr_t e, std::uintptr_t f) noexcept
{
    register std::uintptr_t r10 asm("r10") = d;
    register std::uintptr_t r8 asm("r8") = e;
    register std::uintptr_t r9 asm("r9") = f;
    std::intptr_t result;
    asm volatile("syscall"
                 : "=a"(result)
                 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                 : "rcx", "r11", "cc", "memory");
    return result;
}

/// One field, `offset` bytes from the begin, of the record of the CPU that executes the call (smp.cpp), in one instruction: the
/// FS base is that of the pthread, whichever thread runs in it.
template <class T, std::size_t offset>
[[gnu::always_inline]] inline T load_of_cpu() noexcept
{
    T value;
    asm volatile("mov %%fs:pegplan_host_cpu@tpoff+%c1, %0" : "=r"(value) : "i"(offset));
    return value;
}

template <class T, std::size_t offset>
[[gnu::always_inline]] inline void store_to_cpu(T value) noexcept
{
    asm volatile("mov %0, %%fs:pegplan_host_cpu@tpoff+%c1" : : "r"(value), "i"(offset) : "memory");
}

/// Where the running thread's thread_local objects are found (thread_locals.hpp). Masked.
[[gnu::always_inline]] inline void set_thread_pointer(std::byte* pointer) noexcept
{
    asm volatile("movq %0, %%fs:pegplan_thread_pointer@tpoff" : : "r"(pointer) : "memory");
}

/// The pthread's own thread pointer. Spelt so that the assembler leaves it alone (as.in).
inline std::byte* pthread_pointer() noexcept
{
    std::byte* pointer;
    asm volatile("movq %%fs:0x0, %0" : "=r"(pointer));
    return pointer;
}

/// The record of the CPU that the calling pthread is or becomes.
inline void* record_of_pthread() noexcept
{
    void* record;
    asm volatile("movq %%fs:0x0, %0\n\tleaq pegplan_host_cpu@tpoff(%0), %0" : "=r"(record));
    return record;
}

/// What a thread that a signal has interrupted must do again when it goes on in another pthread: nothing.
[[gnu::always_inline]] inline void repeat_first_steps(ucontext_t&) noexcept {}

/// In a loop that waits for another CPU.
[[gnu::always_inline]] inline void spin_hint() noexcept
{
    asm volatile("pause");
}

/// What a function leaves as it found it, of the floating-point unit: rounding and which exceptions trap.
struct FpControl {
    std::uint32_t mxcsr;
    std::uint16_t x87;
};

/// A context at rest. What the compiler keeps in registers lies on its stack.
struct MachineContext {
    void* stack_pointer;
    void* frame_pointer;
    const void* resume_at;
    FpControl fp;
};

/// Loading a control word is slow, and hardly ever does one thread's differ from another's.
[[gnu::always_inline]] inline void switch_fp_control(FpControl& from, const FpControl& to) noexcept
{
    constexpr std::uint32_t status_bits = 0x3f;  // exceptions that have occurred: not preserved by calls
    asm volatile("stmxcsr %0" : "=m"(from.mxcsr));
    asm volatile("fnstcw %0" : "=m"(from.x87));
    if (((from.mxcsr ^ to.mxcsr) & ~status_bits) != 0) [[unlikely]] {
        asm volatile("ldmxcsr %0" : : "m"(to.mxcsr));
    }
    if (from.x87 != to.x87) [[unlikely]] {
        asm volatile("fldcw %0" : : "m"(to.x87));
    }
}

/// Inline, so that the compiler saves those registers that the caller keeps anything in, and no other. The context that is
/// left goes on at the label 1 with its own address in rsi. Nothing is pushed: functions may use memory below the stack
/// pointer. The jump, unlike a return, is predicted well.
[[gnu::always_inline]] inline void switch_machine_context(MachineContext& from, MachineContext& to) noexcept
{
    if constexpr (config::fp_eager) {
        switch_fp_control(from.fp, to.fp);
    }
    MachineContext* save = &from;
    MachineContext* load = &to;
    asm volatile(
        "leaq 1f(%%rip), %%rax\n\t"
        "movq %%rsp, %c[stack_pointer](%%rdi)\n\t"
        "movq %%rbp, %c[frame_pointer](%%rdi)\n\t"
        "movq %%rax, %c[resume_at](%%rdi)\n\t"
        "movq %c[stack_pointer](%%rsi), %%rsp\n\t"
        "movq %c[frame_pointer](%%rsi), %%rbp\n\t"
        "jmpq *%c[resume_at](%%rsi)\n"
        "1:"
        : "+D"(save), "+S"(load)
        : [stack_pointer] "i"(offsetof(MachineContext, stack_pointer)),
          [frame_pointer] "i"(offsetof(MachineContext, frame_pointer)),
          [resume_at] "i"(offsetof(MachineContext, resume_at))
        : "rax", "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "cc", "memory");
}

inline constexpr std::size_t machine_stack_alignment = 16;

/// The first switch to `context` calls pegplan_context_begin() and then entry(argument), with a stack that ends at `top`.
inline void init_machine_context(MachineContext& context, std::byte* top, void (*entry)(void*), void* argument) noexcept
{
    /// What pegplan_context_start pops.
    struct StartFrame {
        void (*entry)(void*);
        void* argument;
    };

    constexpr FpControl defaults{.mxcsr = 0x1f80, .x87 = 0x037f};
    auto* const frame = reinterpret_cast<StartFrame*>(top - sizeof(StartFrame));
    *frame = {entry, argument};
    context = {frame, nullptr, pegplan_context_start, defaults};
}

/// The counter that Linux derives its clocks from when it calls its source `counter_name`.
[[gnu::always_inline]] inline std::uint64_t read_counter() noexcept
{
    std::uint32_t low;
    std::uint32_t high;
    asm volatile("rdtsc" : "=a"(low), "=d"(high));
    return std::uint64_t{high} << 32 | low;
}

inline constexpr char counter_name[] = "tsc";

/// In hertz; 0 where only a measurement tells.
inline std::uint64_t counter_frequency() noexcept
{
    return 0;
}

/// Where the code was that a signal interrupted.
[[gnu::always_inline]] inline std::uintptr_t program_counter(const ucontext_t& context) noexcept
{
    return static_cast<std::uintptr_t>(context.uc_mcontext.gregs[REG_RIP]);
}

/// Whether the code at an address does nothing but stay there.
inline bool jumps_to_itself(std::uintptr_t address) noexcept
{
    const auto* const code = reinterpret_cast<const std::uint8_t*>(address);
    return code[0] == 0xeb && code[1] == 0xfe;  // jmp with a distance of one byte, -2: its own length
}

/// What it tried to do with memory, when the signal is about that.
AccessKind access_kind(const ucontext_t& context) noexcept;

/// Its registers.
void fill_registers(RegisterDump& dump, const ucontext_t& context) noexcept;

/// The caller's registers.
void capture_registers(RegisterDump& dump) noexcept;

}  // namespace pegplan::arch::host
