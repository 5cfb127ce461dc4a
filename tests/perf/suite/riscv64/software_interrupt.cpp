// The software interrupt: what happens between saving and restoring the registers.
#include "tests/perf/suite/software_interrupt.hpp"

#include "arch/riscv64/csr.hpp"
#include "core/kernel_entry.hpp"

#include <cstdint>

extern "C" void bench_trap_entry() noexcept;

namespace bench {

using namespace pegplan::arch::riscv64;

void (*interrupt_handler)() noexcept = nullptr;

namespace {

/// As the port's: place and mode are in the hart, where other threads' interrupts overwrite them.
[[gnu::noinline]] void preempt() noexcept
{
    const std::uintptr_t place = Sepc::read();
    const std::uintptr_t status = Sstatus::read();
    pegplan::kernel::preempt();
    Sstatus::write(status);
    Sepc::write(place);
}

}  // namespace

void install_software_interrupt() noexcept
{
    Stvec::write(reinterpret_cast<std::uintptr_t>(&bench_trap_entry));
    Sie::set(sie_software);
}

}  // namespace bench

/// Entered from software_interrupt.S. Masked.
extern "C" void bench_interrupt() noexcept
{
    using namespace pegplan::arch::riscv64;

    Sip::clear(sie_software);
    pegplan::kernel::isr_enter();
    bench::interrupt_handler();
    if (pegplan::kernel::isr_exit()) {
        bench::preempt();
    }
}
