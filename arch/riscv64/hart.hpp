// What every hart is told before it runs the kernel.
#pragma once

#include "arch/riscv64/fp.hpp"
#include "arch/riscv64/mode.hpp"

#include <pegplan/config/arch.hpp>
#include <pegplan/config/smp.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

extern "C" const std::byte pegplan_trap_entry[];

namespace pegplan::arch::riscv64 {

/// Lines of caches have this size at most, in bytes: what one hart writes often keeps apart from what others read.
inline constexpr std::size_t cache_line = 64;

/// Room for what a fault's report needs, whatever the state of the thread's stack.
using ExceptionStack = std::array<std::byte, 8192>;
extern constinit std::array<ExceptionStack, config::cpus> exception_stacks;

inline void install_traps(unsigned cpu) noexcept
{
    ExceptionStack& stack = exception_stacks[cpu];
    Mode::Scratch::write(reinterpret_cast<std::uintptr_t>(stack.data() + stack.size()));
    Mode::TrapVector::write(reinterpret_cast<std::uintptr_t>(pegplan_trap_entry));
}

/// The number of the CPU that executes this: its exception stack tells. Masked.
inline unsigned this_cpu_number() noexcept
{
    const auto first_top = reinterpret_cast<std::uintptr_t>(exception_stacks.data() + 1);
    return static_cast<unsigned>((Mode::Scratch::read() - first_top) / sizeof(ExceptionStack));
}

/// Translates addresses by these tables, and remembers nothing of what was before.
inline void set_translation(std::uintptr_t satp) noexcept
{
    asm volatile("sfence.vma" ::: "memory");
    Satp::write(satp);
    asm volatile("sfence.vma" ::: "memory");
}

inline void enable_fp() noexcept
{
    if constexpr (config::fp_eager) {
        fp_on();
    } else {
        fp_off();
    }
}

}  // namespace pegplan::arch::riscv64
