// From 64-bit mode to the kernel: console, tables, memory map, processor features, interrupts, clocks.
#include "arch/mmu/guard_pages.hpp"
#include "arch/mmu/kernel_map.hpp"
#include "arch/x86_64/clock.hpp"
#include "arch/x86_64/cpu.hpp"
#include "arch/x86_64/descriptors.hpp"
#include "arch/x86_64/page_format.hpp"
#include "arch/x86_64/port.hpp"
#include "arch/x86_64/secondary.hpp"
#include "arch/x86_64/vectors.hpp"
#include "core/kernel_entry.hpp"

#include <pegplan/config/arch.hpp>
#include <pegplan/config/observe.hpp>
#include <pegplan/config/smp.hpp>

#include <cstdint>
#include <span>
#include <string_view>

namespace pegplan::arch::x86_64 {
namespace {

using KernelTables = mmu::KernelTables<PageFormat>;

[[gnu::section(".noinit")]] KernelTables kernel_tables;

/// Entries of the tables that the CPU walks.
struct LiveStore {
    static void replace(PageFormat::Entry& slot, PageFormat::Entry value, std::uintptr_t address, std::uintptr_t) noexcept
    {
        slot = value;
        asm volatile("invlpg (%0)" : : "r"(address) : "memory");
        if constexpr (config::smp) {
            // CPUs keep nothing about pages that are not there, so only the way to that concerns the others.
            if (!PageFormat::is_present(value)) {
                flush_others();
            }
        }
    }
};

constinit mmu::StackGuardPages<PageFormat, LiveStore> guard_pages{};

/// What the image exits with when it cannot even start the kernel.
constexpr int boot_failure_code = 255;

void write_text(std::span<const char> text) noexcept
{
    if constexpr (config::console) {
        board::Console::write(text);
    }
}

[[noreturn]] void fail() noexcept
{
    Port::exit(boot_failure_code);
}

[[noreturn]] void fail(std::string_view reason) noexcept
{
    write_text(reason);
    fail();
}

/// Text executable, constants read-only, everything else neither executable nor, where nothing is, mapped at all.
void protect_memory() noexcept
{
    if ((cpuid_if_present(leaf_long_mode_features).edx & long_mode_edx_no_execute) == 0) {
        fail("boot: the CPU cannot keep data from being executed (no NX)\n");
    }
    write_msr(msr_efer, read_msr(msr_efer) | efer_no_execute);

    auto&& builder = guard_pages.make(kernel_tables);
    if (const mmu::MapFailure failure = mmu::map_kernel(builder)) {
        report(failure, write_text);
        fail();
    }
    write_cr3(builder.root());
}

/// Switches on what protects the kernel and what threads may use. A CPU that is told to use what it lacks faults or
/// worse, so every bit is asked for.
void enable_features() noexcept
{
    const CpuId extended = cpuid_if_present(leaf_extended_features);
    std::uintptr_t cr0 = cr0_paging | cr0_write_protect | cr0_numeric_error | cr0_extension_type | cr0_protection;
    std::uintptr_t cr4 = cr4_physical_address_extension;
    if (config::thread_local_storage && (extended.ebx & extended_ebx_fs_base_instructions) != 0) {
        cr4 |= cr4_fs_base_instructions;
        has_fs_base_instruction = true;
    }
    if ((extended.ebx & extended_ebx_smep) != 0) {
        cr4 |= cr4_smep;
    }
    if ((extended.ebx & extended_ebx_smap) != 0) {
        cr4 |= cr4_smap;
    }
    if ((extended.ecx & extended_ecx_umip) != 0) {
        cr4 |= cr4_umip;
    }
    if ((cpuid(leaf_features).edx & features_edx_machine_check) != 0) {
        cr4 |= cr4_machine_check;
    }
    if constexpr (config::fp_none) {
        cr0 |= cr0_no_fpu;
    } else {
        cr0 |= cr0_monitor_fpu;
        cr4 |= cr4_fxsave | cr4_sse_exceptions;  // part of every CPU with 64 bits
    }
    write_cr4(cr4);
    write_cr0(cr0);
}

void enable_local_apic() noexcept
{
    const std::uint64_t kept = read_msr(msr_apic_base) & apic_base_bootstrap_cpu;
    write_msr(msr_apic_base, board::InterruptController::base | apic_base_enable | kept);
    board::InterruptController::init(vector_spurious);
}

}  // namespace

bool Port::protect_page(std::byte* page) noexcept
{
    return guard_pages.raise(page);
}

void Port::unprotect_page(std::byte* page) noexcept
{
    guard_pages.lower(page);
}

}  // namespace pegplan::arch::x86_64

/// Entered from boot.S on the boot stack, masked.
extern "C" [[noreturn]] void pegplan_arch_start() noexcept
{
    using namespace pegplan;
    using namespace pegplan::arch::x86_64;

    if constexpr (config::console) {
        board::Console::init();
    }
    if constexpr (config::smp) {
        init_boot_cpu();
    }
    load_descriptor_tables();
    enable_features();
    protect_memory();
    enable_local_apic();
    if constexpr (config::smp) {
        if (!is_first_cpu()) {
            fail("boot: the CPU that boots is not the first one of the board file: its local APIC has another id\n");
        }
    }
    init_clocks();
    kernel::start();
}
