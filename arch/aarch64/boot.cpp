// Memory protection, devices, and the way into the kernel. Entered from "arch/aarch64/boot.S".
#include "arch/aarch64/cache.hpp"
#include "arch/aarch64/cpu_number.hpp"
#include "arch/aarch64/many_cpus.hpp"
#include "arch/aarch64/page_format.hpp"
#include "arch/aarch64/port.hpp"
#include "arch/hardware_id.hpp"
#include "arch/mmu/guard_pages.hpp"
#include "arch/mmu/kernel_map.hpp"
#include "core/kernel_entry.hpp"

#include <pegplan/board/devices.hpp>
#include <pegplan/config/arch.hpp>
#include <pegplan/config/observe.hpp>
#include <pegplan/config/smp.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

extern "C" {
extern const std::byte pegplan_aarch64_vectors[];
extern const std::byte pegplan_aarch64_vectors_record[];
extern const std::byte pegplan_aarch64_vectors_lazy[];
extern const std::byte pegplan_aarch64_vectors_lazy_record[];
extern const std::byte pegplan_aarch64_boot_stack[];
extern const std::byte pegplan_aarch64_boot_stack_end[];
}

/// The CPU that goes on where the loader enters all of them: what the hardware calls it. For boot.S, before any data is set up.
extern "C" constexpr std::uint64_t pegplan_aarch64_first_affinity = pegplan::arch::hardware_id(0);

namespace pegplan::arch::aarch64 {

namespace {

constexpr int boot_failed = 255;

using KernelFormat = std::conditional_t<mmu::board_plan.is_below(PageFormat::address_bits), PageFormat, LargePageFormat>;

using Tables = mmu::KernelTables<KernelFormat>;

/// Entries of the tables that the CPU walks: what was there is gone before the call returns. (From one mapping straight to
/// another would need a step in between, which guard pages never take.)
struct LiveStore {
    static void replace(KernelFormat::Entry& slot, KernelFormat::Entry value, std::uintptr_t address,
                        std::uintptr_t) noexcept
    {
        slot = value;
        asm volatile(
            "dsb ishst\n\t"  // walks see the entry
            "tlbi vaae1is, %0\n\t"
            "dsb ish\n\t"
            "isb"
            :
            : "r"(address / mmu::page_size)
            : "memory");
    }
};

using GuardPages = mmu::StackGuardPages<KernelFormat, LiveStore>;

struct PageTables {
    Tables tables;
    [[no_unique_address]] GuardPages guard_pages;
};

/// Not zeroed: in use before .bss is.
[[gnu::section(".noinit.page_tables")]] PageTables page_tables;

[[noreturn]] void fail(std::string_view reason) noexcept
{
    Port::console_write(reason);
    Port::exit(boot_failed);
}

void install_vectors() noexcept
{
    const std::byte* vectors;
    if constexpr (config::fp_lazy) {
        vectors = config::frame_pointers ? pegplan_aarch64_vectors_lazy_record : pegplan_aarch64_vectors_lazy;
    } else {
        vectors = config::frame_pointers ? pegplan_aarch64_vectors_record : pegplan_aarch64_vectors;
    }
    asm volatile("msr vbar_el1, %0\n\tisb" : : "r"(vectors) : "memory");
}

/// Turns MMU and caches on, with write permission excluding execution whatever the tables say.
void enable_mmu(std::uintptr_t root) noexcept
{
    constexpr std::uint64_t memory_attributes =
        attribute_device << 8 * memory_type_device | attribute_normal << 8 * memory_type_normal;

    // TCR_EL1: as many bits of address as the board needs through TTBR0 in pages of 4 KiB, nothing through TTBR1; walks
    // are cached and shared like normal memory; addresses come out as large as the CPU has them, at most 48 bits.
    constexpr std::uint64_t size_offset = 64 - KernelFormat::address_bits;
    constexpr std::uint64_t walks_write_back = 1U << 8 | 1U << 10;
    constexpr std::uint64_t walks_inner_shareable = 3U << 12;
    constexpr std::uint64_t no_walks_through_ttbr1 = 1U << 23;
    constexpr int address_size_shift = 32;
    constexpr std::uint64_t address_size_48_bits = 5;
    constexpr std::uint64_t address_range_mask = 0xf;
    std::uint64_t memory_features;
    asm("mrs %0, id_aa64mmfr0_el1" : "=r"(memory_features));
    const std::uint64_t address_range = memory_features & address_range_mask;
    const std::uint64_t address_size = address_range < address_size_48_bits ? address_range : address_size_48_bits;
    const std::uint64_t translation_control = size_offset | walks_write_back | walks_inner_shareable |
                                              no_walks_through_ttbr1 | address_size << address_size_shift;

    // SCTLR_EL1, besides what boot.S has set.
    constexpr std::uint64_t mmu_on = 1U << 0;
    constexpr std::uint64_t data_cache_on = 1U << 2;
    constexpr std::uint64_t stack_pointer_alignment_checked = 1U << 3;
    constexpr std::uint64_t instruction_cache_on = 1U << 12;
    constexpr std::uint64_t writable_never_executes = 1U << 19;
    constexpr std::uint64_t turned_on =
        mmu_on | data_cache_on | stack_pointer_alignment_checked | instruction_cache_on | writable_never_executes;

    std::uint64_t system_control;
    asm volatile(
        "msr mair_el1, %1\n\t"
        "msr tcr_el1, %2\n\t"
        "msr ttbr0_el1, %3\n\t"
        "dsb sy\n\t"  // the tables are written
        "isb\n\t"
        "tlbi vmalle1\n\t"
        "ic iallu\n\t"
        "dsb nsh\n\t"
        "isb\n\t"
        "mrs %0, sctlr_el1\n\t"
        "orr %0, %0, %4\n\t"
        "msr sctlr_el1, %0\n\t"
        "isb"
        : "=&r"(system_control)
        : "r"(memory_attributes), "r"(translation_control), "r"(root), "r"(turned_on)
        : "memory");
}

/// A frequency that differs from the board file's would make every time wrong.
void check_counter() noexcept
{
    const std::uint64_t reported = board::Timer::reported_frequency();
    if (reported != 0 && reported != board::Timer::frequency) {
        fail("boot: the timer's frequency in the board file is not the one that the CPU reports in CNTFRQ_EL0\n");
    }
}

}  // namespace

bool Port::protect_page(std::byte* page) noexcept
{
    return page_tables.guard_pages.raise(page);
}

void Port::unprotect_page(std::byte* page) noexcept
{
    page_tables.guard_pages.lower(page);
}

}  // namespace pegplan::arch::aarch64

// Masked, on the boot stack, MMU off; .bss is not zeroed. Returns with MMU and caches on. Before that it writes nothing but
// stack and page tables, since what it writes goes past the caches. `entry_level`: CurrentEL, when the loader gave way.
extern "C" void pegplan_aarch64_map_memory([[maybe_unused]] std::uint64_t entry_level) noexcept
{
    using namespace pegplan::arch;
    using namespace pegplan::arch::aarch64;

    set_cpu_number(0);
    if constexpr (pegplan::config::smp) {
        Port::set_current(nullptr);
    }
    install_vectors();
    if constexpr (pegplan::config::console) {
        pegplan::board::Console::init();
    }
    auto&& builder = page_tables.guard_pages.make(page_tables.tables);
    if (const mmu::MapFailure failure = mmu::map_kernel(builder)) {
        mmu::report(failure, Port::console_write);
        Port::exit(boot_failed);
    }
    invalidate(page_tables.tables.data(), page_tables.tables.data() + builder.tables_used());
    invalidate(&page_tables.guard_pages, &page_tables.guard_pages + 1);
    invalidate(pegplan_aarch64_boot_stack, pegplan_aarch64_boot_stack_end);
    enable_mmu(builder.root());
    if constexpr (pegplan::config::smp) {
        note_entry(entry_level);
    }
}

// Masked, on the boot stack, with zeroed .bss.
extern "C" [[noreturn]] void pegplan_aarch64_start() noexcept
{
    using namespace pegplan;
    using namespace pegplan::arch::aarch64;

    constexpr bool fp_accessible_to_all = config::fp_eager;
    set_fp_access(fp_accessible_to_all);
    check_counter();
    board::InterruptController::init();
    board::InterruptController::init_cpu();
    board::Timer::init();
    board::InterruptController::enable(board::Timer::irq);
    if constexpr (config::smp) {
        if (!find_boot_cpu()) {
            fail("boot: the CPU that boots (MPIDR_EL1) is not one of the board file's\n");
        }
        join_other_cpus();
    }
    asm volatile("msr daifclr, #4");  // system errors are taken from here on
    kernel::start();
}
