// aarch64 as a machine that Linux runs on: system calls, the switch of contexts, the counter, registers.
#pragma once

#include "arch/host/access_kind.hpp"
#include "arch/port.hpp"

#include <pegplan/config/arch.hpp>

#include <ucontext.h>

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace pegplan::arch::host {

[[gnu::always_inline]] inline std::intptr_t system_call(long number, std::uintptr_t a, std::uintptr_t b, std::uintptr_t c,
                                                        std::uintptr_t d, std::uintptr_t e, std::uintptr_t f) noexcept
{
    register std::uintptr_t x8 asm("x8") = static_cast<std::uintptr_t>(number);
    register std::uintptr_t x0 asm("x0") = a;
    register std::uintptr_t x1 asm("x1") = b;
    register std::uintptr_t x2 asm("x2") = c;
    register std::uintptr_t x3 asm("x3") = d;
    register std::uintptr_t x4 asm("x4") = e;
    register std::uintptr_t x5 asm("x5") = f;
    asm volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "cc", "memory");
    return static_cast<std::intptr_t>(x0);
}

/// One field, `offset` bytes from the begin, of the record of the CPU that executes the call (smp.cpp). TPIDR_EL0, here by its
/// number so that the assembler leaves it alone (as.in), is that of the pthread, whichever thread runs in it. A thread that a signal has interrupted behind the first instruction, and that goes
/// on in another pthread, executes it again (repeat_first_steps); so both are one step.
template <class T, std::size_t offset>
[[gnu::always_inline]] inline T load_of_cpu() noexcept
{
    std::uintptr_t value;
    if constexpr (sizeof(T) == sizeof(std::uint8_t)) {
        asm volatile("mrs %0, s3_3_c13_c0_2\n\tldrb %w0, [%0, #:tprel_lo12:pegplan_host_cpu+%c1]" : "=r"(value) : "i"(offset));
    } else if constexpr (sizeof(T) == sizeof(std::uint32_t)) {
        asm volatile("mrs %0, s3_3_c13_c0_2\n\tldr %w0, [%0, #:tprel_lo12:pegplan_host_cpu+%c1]" : "=r"(value) : "i"(offset));
    } else {
        asm volatile("mrs %0, s3_3_c13_c0_2\n\tldr %0, [%0, #:tprel_lo12:pegplan_host_cpu+%c1]" : "=r"(value) : "i"(offset));
    }
    if constexpr (std::is_pointer_v<T>) {
        return reinterpret_cast<T>(value);
    } else {
        return static_cast<T>(value);
    }
}

template <class T, std::size_t offset>
[[gnu::always_inline]] inline void store_to_cpu(T value) noexcept
{
    std::uintptr_t pointer;
    if constexpr (sizeof(T) == sizeof(std::uint8_t)) {
        asm volatile("mrs %0, s3_3_c13_c0_2\n\tstrb %w1, [%0, #:tprel_lo12:pegplan_host_cpu+%c2]"
                     : "=&r"(pointer) : "r"(value), "i"(offset) : "memory");
    } else {
        static_assert(sizeof(T) == sizeof(std::uint64_t));
        asm volatile("mrs %0, s3_3_c13_c0_2\n\tstr %1, [%0, #:tprel_lo12:pegplan_host_cpu+%c2]"
                     : "=&r"(pointer) : "r"(value), "i"(offset) : "memory");
    }
}

/// Where the running thread's thread_local objects are found (thread_locals.hpp). Masked.
[[gnu::always_inline]] inline void set_thread_pointer(std::byte* pointer) noexcept
{
    std::uintptr_t own;
    asm volatile("mrs %0, s3_3_c13_c0_2\n\tstr %1, [%0, #:tprel_lo12:pegplan_thread_pointer]"
                 : "=&r"(own) : "r"(pointer) : "memory");
}

/// The pthread's own thread pointer.
inline std::byte* pthread_pointer() noexcept
{
    std::byte* pointer;
    asm volatile("mrs %0, s3_3_c13_c0_2" : "=r"(pointer));
    return pointer;
}

/// The record of the CPU that the calling pthread is or becomes.
inline void* record_of_pthread() noexcept
{
    void* record;
    asm volatile("mrs %0, s3_3_c13_c0_2\n\tadd %0, %0, #:tprel_lo12:pegplan_host_cpu" : "=r"(record));
    return record;
}

/// What a thread that a signal has interrupted must do again when it goes on in another pthread: the reading of TPIDR_EL0, if
/// that was the last thing that it did. Nothing has used the value yet.
[[gnu::always_inline]] inline void repeat_first_steps(ucontext_t& context) noexcept
{
    constexpr std::uint32_t read_thread_pointer = 0xd53b'd040;  // mrs x0, tpidr_el0
    constexpr std::uint32_t register_bits = 0x1f;
    const auto* const next = reinterpret_cast<const std::uint32_t*>(context.uc_mcontext.pc);
    if ((next[-1] & ~register_bits) == read_thread_pointer) {
        context.uc_mcontext.pc -= sizeof *next;
    }
}

/// In a loop that waits for another CPU.
[[gnu::always_inline]] inline void spin_hint() noexcept
{
    asm volatile("yield");
}

/// A context at rest: the registers that functions preserve lie on its stack (machine.S).
struct MachineContext {
    void* stack_pointer;
};

extern "C" {
void pegplan_switch(MachineContext* from, const MachineContext* to) noexcept;
void pegplan_switch_fp(MachineContext* from, const MachineContext* to) noexcept;
}

[[gnu::always_inline]] inline void switch_machine_context(MachineContext& from, MachineContext& to) noexcept
{
    if constexpr (config::fp_eager) {
        pegplan_switch_fp(&from, &to);
    } else {
        pegplan_switch(&from, &to);
    }
}

inline constexpr std::size_t machine_stack_alignment = 16;

/// The first switch to `context` calls pegplan_context_begin() and then entry(argument), with a stack that ends at `top`.
void init_machine_context(MachineContext& context, std::byte* top, void (*entry)(void*), void* argument) noexcept;

/// The counter that Linux derives its clocks from when it calls its source `counter_name`.
[[gnu::always_inline]] inline std::uint64_t read_counter() noexcept
{
    std::uint64_t value;
    asm volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(value));
    return value;
}

inline constexpr char counter_name[] = "arch_sys_counter";

/// In hertz; 0 where only a measurement tells.
inline std::uint64_t counter_frequency() noexcept
{
    std::uint64_t value;
    asm("mrs %0, cntfrq_el0" : "=r"(value));
    return value;
}

/// Where the code was that a signal interrupted.
[[gnu::always_inline]] inline std::uintptr_t program_counter(const ucontext_t& context) noexcept
{
    return context.uc_mcontext.pc;
}

/// Whether the code at an address does nothing but stay there.
inline bool jumps_to_itself(std::uintptr_t address) noexcept
{
    return *reinterpret_cast<const std::uint32_t*>(address) == 0x1400'0000;  // b with a distance of 0
}

/// What it tried to do with memory, when the signal is about that.
AccessKind access_kind(const ucontext_t& context) noexcept;

/// Its registers.
void fill_registers(RegisterDump& dump, const ucontext_t& context) noexcept;

/// The caller's registers.
void capture_registers(RegisterDump& dump) noexcept;

}  // namespace pegplan::arch::host
