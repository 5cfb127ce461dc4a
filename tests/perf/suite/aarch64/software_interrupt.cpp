// The software interrupt: what happens between saving and restoring the registers.
#include "tests/perf/suite/software_interrupt.hpp"

#include "core/kernel_entry.hpp"

#include <cstdint>

extern "C" {
extern const char bench_vectors[];
std::uint64_t bench_kernel_vectors = 0;  ///< the kernel's own table, for everything else
}

namespace bench {

void (*interrupt_handler)() noexcept = nullptr;

namespace {

/// As the port's: what the next exception overwrites.
[[gnu::noinline]] void preempt() noexcept
{
    std::uint64_t program_counter;
    std::uint64_t status;
    asm volatile("mrs %0, elr_el1" : "=r"(program_counter));
    asm volatile("mrs %0, spsr_el1" : "=r"(status));
    pegplan::kernel::preempt();
    asm volatile("msr elr_el1, %0" : : "r"(program_counter));
    asm volatile("msr spsr_el1, %0" : : "r"(status));
}

}  // namespace

void install_software_interrupt() noexcept
{
    asm volatile("mrs %0, vbar_el1" : "=r"(bench_kernel_vectors));
    asm volatile("msr vbar_el1, %0\n\tisb" : : "r"(bench_vectors) : "memory");
}

}  // namespace bench

/// Entered from software_interrupt.S. Masked.
extern "C" void bench_interrupt() noexcept
{
    pegplan::kernel::isr_enter();
    bench::interrupt_handler();
    if (pegplan::kernel::isr_exit()) {
        bench::preempt();
    }
}
