// From the first instructions to the kernel, and the operations of the port that are not inline.
#include "arch/hardware_id.hpp"
#include "arch/mmu/guard_pages.hpp"
#include "arch/mmu/kernel_map.hpp"
#include "arch/riscv64/frame.h"
#include "arch/riscv64/hart.hpp"
#include "arch/riscv64/page_format.hpp"
#include "arch/riscv64/physical_protection.hpp"
#include "arch/riscv64/port.hpp"
#include "arch/riscv64/privilege.h"
#include "arch/riscv64/smp.hpp"
#include "core/kernel_entry.hpp"

#include <pegplan/config/arch.hpp>
#include <pegplan/config/thread.hpp>

#include <array>
#include <bit>
#include <cstddef>

extern "C" {
[[noreturn]] void pegplan_context_start() noexcept;
}

/// The hart that goes on where all of them are entered at reset. For boot.S.
extern "C" constexpr std::uint64_t pegplan_riscv64_first_hart = pegplan::arch::hardware_id(0);

namespace pegplan::arch::riscv64 {
namespace {

alignas(mmu::page_size) constinit mmu::KernelTables<Sv39> tables{};

/// Entries of the tables that the hart walks.
struct LiveStore {
    static void replace(Sv39::Entry& slot, Sv39::Entry value, std::uintptr_t address, std::uintptr_t) noexcept
    {
        slot = value;
        asm volatile("sfence.vma %0, zero" : : "r"(address) : "memory");
        HartTranslations::changed();
    }
};

constinit mmu::StackGuardPages<Sv39, LiveStore> guard_pages{};

/// Where the hart that boots stands in the board file, if there are several nodes.
constinit unsigned boot_place = 0;

void enable_mmu() noexcept
{
    auto&& builder = guard_pages.make(tables);
    if (const mmu::MapFailure failure = mmu::map_kernel(builder)) {
        mmu::report(failure, Port::console_write);
        Port::exit(1);
    }
    constexpr std::uintptr_t satp_sv39 = std::uintptr_t{8} << 60;
    set_translation(satp_sv39 | builder.root() / mmu::page_size);
}

/// Memory protection of the kind that the mode has.
void protect_memory() noexcept
{
    if constexpr (!config::riscv_machine_mode) {
        enable_mmu();
    } else if (!lock_memory()) {
        Port::console_write(std::string_view{"boot: the hart does not take the rules of memory protection (PMP)\n"});
        Port::exit(1);
    }
}

/// What `pegplan_switch` expects below the stack pointer of a context that rests.
void set_switch_register(std::uintptr_t sp, std::ptrdiff_t offset, std::uintptr_t value) noexcept
{
    *reinterpret_cast<std::uintptr_t*>(sp + static_cast<std::uintptr_t>(offset)) = value;
}

static_assert(offsetof(Context, sp) == CONTEXT_SP);
static_assert(!config::thread_local_storage || offsetof(Context, tp) == CONTEXT_TP);
static_assert(PEGPLAN_PRIVILEGE == Mode::level && STATUS_INTERRUPTS == Mode::status_interrupts);
static_assert(CAUSE_SOFTWARE == Mode::software_interrupt && CAUSE_TIMER == Mode::timer_interrupt);

}  // namespace

alignas(Port::stack_alignment) constinit std::array<ExceptionStack, config::cpus> exception_stacks{};

void Port::context_init(Context& context, std::span<std::byte> stack, void (*entry)(void*), void* argument) noexcept
{
    const auto top = reinterpret_cast<std::uintptr_t>(stack.data() + stack.size()) & ~std::uintptr_t{stack_alignment - 1};
    const std::uintptr_t sp = context.fp.init(top);
    context.sp = sp;
    set_switch_register(sp, SWITCH_RA, reinterpret_cast<std::uintptr_t>(&pegplan_context_start));
    set_switch_register(sp, SWITCH_S(0), 0);
    set_switch_register(sp, SWITCH_S(1), reinterpret_cast<std::uintptr_t>(entry));
    set_switch_register(sp, SWITCH_S(2), reinterpret_cast<std::uintptr_t>(argument));
    if constexpr (config::fp_eager) {
        set_switch_register(sp, SWITCH_FCSR, 0);
    }
}

bool Port::protect_page(std::byte* page) noexcept
{
    HartTranslations::catch_up();  // the stack above it may be memory that another hart has made usable
    return guard_pages.raise(page);
}

void Port::unprotect_page(std::byte* page) noexcept
{
    guard_pages.lower(page);
}

bool is_usable_page(std::uintptr_t address) noexcept
{
    return guard_pages.is_usable(address);
}

std::uint64_t Port::entropy() noexcept
{
    // No source of random numbers is promised: the jitter between the clock and the hart's cycles, mixed by
    // the finalizer of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
    constexpr int rounds = 16;
    constexpr std::uint64_t golden_ratio = 0x9e37'79b9'7f4a'7c15;
    std::uint64_t pool = 0;
    for (int round = 0; round < rounds; ++round) {
        pool = std::rotl(pool, 7) + golden_ratio + (board::Timer::now() ^ std::rotl(Cycle::read(), 32));
        pool = (pool ^ pool >> 30) * 0xbf58'476d'1ce4'e5b9;
        pool = (pool ^ pool >> 27) * 0x94d0'49bb'1331'11eb;
        pool ^= pool >> 31;
    }
    return pool;
}

[[gnu::noinline]] void Port::capture_registers(RegisterDump& dump) noexcept
{
    std::uintptr_t sp;
    std::uintptr_t s[12];
    asm volatile("mv %0, sp" : "=r"(sp));
    asm volatile("sd s0, 0(%0)\n\tsd s1, 8(%0)\n\tsd s2, 16(%0)\n\tsd s3, 24(%0)\n\tsd s4, 32(%0)\n\tsd s5, 40(%0)\n\t"
                 "sd s6, 48(%0)\n\tsd s7, 56(%0)\n\tsd s8, 64(%0)\n\tsd s9, 72(%0)\n\tsd s10, 80(%0)\n\tsd s11, 88(%0)"
                 :
                 : "r"(s)
                 : "memory");
    constexpr std::string_view names[] = {"s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11"};
    dump.program_counter = reinterpret_cast<std::uintptr_t>(__builtin_return_address(0));
    if constexpr (config::frame_pointers) {
        // The caller's, which this function's frame record holds.
        const auto record = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)) + frame_record_offset;
        dump.frame_pointer = *reinterpret_cast<const std::uintptr_t*>(record);
    }
    dump.add("ra", dump.program_counter);
    dump.add("sp", sp);
    for (std::size_t index = 0; index < std::size(names); ++index) {
        dump.add(names[index], s[index]);
    }
    dump.add(status_name, Status::read());
}

unsigned Port::place_of_cpu(unsigned cpu) noexcept
{
    if (cpu == 0) {
        return boot_place;
    }
    return cpu <= boot_place ? cpu - 1 : cpu;
}

}  // namespace pegplan::arch::riscv64

/// Entered from boot.S on the boot stack, with what the firmware calls this hart. Masked, without address translation.
extern "C" [[noreturn]] void pegplan_arch_start([[maybe_unused]] std::uintptr_t hart) noexcept
{
    using namespace pegplan;
    using namespace pegplan::arch::riscv64;

    board::Console::init();
    install_traps(0);
    if constexpr (config::memory_protection) {
        protect_memory();
    }
    enable_fp();
    board::Timer::init();
    if constexpr (board::numa_node_count > 1) {
        boot_place = arch::place_of(hart);
    }
    if constexpr (config::smp) {
        start_first_cpu(hart);
    }
    kernel::start();
}
