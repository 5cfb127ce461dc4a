// The software interrupt: what happens between saving and restoring the registers.
#include "tests/perf/suite/software_interrupt.hpp"

#include "core/kernel_entry.hpp"

#include <cstddef>
#include <cstdint>

extern "C" const std::byte bench_interrupt_entry[];

namespace bench {

void (*interrupt_handler)() noexcept = nullptr;

namespace {

constexpr std::size_t interrupt_vector = 0x33;  // raise_interrupt.hpp; the kernel does not use it (arch/x86_64/vectors.hpp)
constexpr std::uint16_t kernel_code = 0x08;
constexpr std::uint16_t interrupt_gate = 0x8e00;

struct Gate {
    std::uint16_t offset_low;
    std::uint16_t selector;
    std::uint16_t type;
    std::uint16_t offset_middle;
    std::uint32_t offset_high;
    std::uint32_t reserved;
};

struct [[gnu::packed]] TablePointer {
    std::uint16_t limit;
    Gate* base;
};

}  // namespace

void install_software_interrupt() noexcept
{
    TablePointer table;
    asm volatile("sidt %0" : "=m"(table));
    const auto address = reinterpret_cast<std::uintptr_t>(bench_interrupt_entry);
    table.base[interrupt_vector] = {static_cast<std::uint16_t>(address), kernel_code, interrupt_gate,
                                    static_cast<std::uint16_t>(address >> 16), static_cast<std::uint32_t>(address >> 32), 0};
}

}  // namespace bench

/// Entered from software_interrupt.S. Masked.
extern "C" void bench_interrupt() noexcept
{
    pegplan::kernel::isr_enter();
    bench::interrupt_handler();
    if (pegplan::kernel::isr_exit()) {
        pegplan::kernel::preempt();
    }
}
