// Where there are several CPUs: the words that each finds through GS, whose base is this CPU's element of the array.
#pragma once

#include "arch/x86_64/cpu.hpp"

#include <pegplan/config/smp.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace pegplan::arch::x86_64 {

/// Each in a cache line of its own, since each switch writes there.
struct alignas(64) LocalCpu {
    void* current;  ///< of the running thread, see Port::current
};

inline constinit std::array<LocalCpu, config::cpus> local_cpus{};

/// Makes GS lead to the words of a CPU. Masked, on that CPU, before anything else there.
inline void load_gs_base(unsigned cpu) noexcept
{
    write_msr(msr_gs_base, reinterpret_cast<std::uintptr_t>(&local_cpus[cpu]));
}

/// One instruction, and so right whatever interrupts it and wherever the thread goes on. The second operand is only
/// there to tell the compiler that memory is read.
[[gnu::always_inline]] inline void* read_current() noexcept
{
    void* pointer;
    asm("movq %%gs:%c[at], %[to]"
        : [to] "=r"(pointer)
        : [at] "i"(offsetof(LocalCpu, current)), "m"(local_cpus[0].current));
    return pointer;
}

[[gnu::always_inline]] inline void write_current(void* pointer) noexcept
{
    asm volatile("movq %[from], %%gs:%c[at]" : : [from] "r"(pointer), [at] "i"(offsetof(LocalCpu, current)) : "memory");
}

}  // namespace pegplan::arch::x86_64
