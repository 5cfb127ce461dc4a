// Several CPUs: turning them on and off, and interrupting one another.
//
// A CPU is turned on by firmware (PSCI), which lets it begin at "arch/aarch64/secondary.S" with one word, the address of
// a Handover: what it needs to turn its MMU on as the others have theirs. The Handover lies at the end of its stack, and
// nowhere else, so that it is nobody's question when it is free again.
#include "arch/aarch64/many_cpus.hpp"

#include "arch/aarch64/cache.hpp"
#include "arch/aarch64/cpu_number.hpp"
#include "arch/aarch64/frames.h"
#include "arch/aarch64/port.hpp"
#include "arch/aarch64/psci.hpp"
#include "arch/hardware_id.hpp"
#include "core/kernel_entry.hpp"

#include <pegplan/board/cpus.hpp>
#include <pegplan/board/devices.hpp>
#include <pegplan/config/arch.hpp>
#include <pegplan/config/smp.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>
#include <span>

extern "C" void pegplan_aarch64_secondary_entry() noexcept;

namespace pegplan::arch::aarch64 {

namespace {

using Controller = board::InterruptController;

struct Handover {
    std::uint64_t memory_attributes;    ///< MAIR_EL1
    std::uint64_t translation_control;  ///< TCR_EL1
    std::uint64_t tables;               ///< TTBR0_EL1
    std::uint64_t vectors;              ///< VBAR_EL1
    std::uint64_t system_control;       ///< SCTLR_EL1
    std::byte* emergency_stack_end;
    void* current;
    std::uint64_t number;
};
static_assert(offsetof(Handover, memory_attributes) == HANDOVER_MEMORY_ATTRIBUTES);
static_assert(offsetof(Handover, translation_control) == HANDOVER_TRANSLATION_CONTROL);
static_assert(offsetof(Handover, tables) == HANDOVER_TABLES);
static_assert(offsetof(Handover, vectors) == HANDOVER_VECTORS);
static_assert(offsetof(Handover, system_control) == HANDOVER_SYSTEM_CONTROL);
static_assert(offsetof(Handover, emergency_stack_end) == HANDOVER_EMERGENCY_STACK);
static_assert(offsetof(Handover, current) == HANDOVER_CURRENT);
static_assert(offsetof(Handover, number) == HANDOVER_NUMBER);
static_assert(sizeof(Handover) == HANDOVER_SIZE && HANDOVER_SIZE % Port::stack_alignment == 0);

/// In use while there is nothing else: not zeroed, like the first CPU's, which is in "arch/aarch64/boot.S".
struct alignas(Port::stack_alignment) EmergencyStack {
    std::byte memory[EMERGENCY_STACK_SIZE];
};
[[gnu::section(".noinit.emergency_stacks")]] EmergencyStack emergency_stacks[config::cpus - 1];

/// Written before .bss is zeroed.
[[gnu::section(".noinit.conduit")]] psci::Conduit conduit;

/// Where the CPU that boots stands in the board file. CPU 0 has that place, and the CPU of that number has place 0.
constinit unsigned boot_place = 0;

/// How each CPU is interrupted: written by itself, before the kernel tells others that it runs.
constinit Controller::Target targets[config::cpus]{};

constinit std::atomic<unsigned> running{0};
constinit std::atomic<unsigned> halted{0};
constinit std::atomic<bool> halting{false};

constexpr Ticks milliseconds(std::uint64_t count) noexcept
{
    return count * Port::ticks_per_second() / 1000;
}

std::uint64_t affinity_of(unsigned cpu) noexcept
{
    return hardware_id(cpu == boot_place ? 0 : cpu);
}

/// A CPU that was told to leave is on for a moment yet. Returns whether it is off, as far as firmware knows it at all.
bool wait_until_off(std::uint64_t affinity) noexcept
{
    constexpr Ticks patience = milliseconds(100);
    const Ticks begin = Port::now();
    std::int32_t state;
    while ((state = psci::affinity_info(conduit, affinity)) == psci::affinity_on && Port::now() - begin < patience) {
        Port::relax();
    }
    return state == psci::affinity_off;
}

}  // namespace

void note_entry(std::uint64_t exception_level) noexcept
{
    constexpr std::uint64_t level_2 = 2 << 2;
    constexpr std::uint64_t level_3 = 3 << 2;
    conduit = exception_level == level_3   ? psci::Conduit::none
              : exception_level == level_2 ? psci::Conduit::smc
                                           : psci::Conduit::hvc;
}

bool find_boot_cpu() noexcept
{
    const std::uint64_t affinity = own_affinity();
    for (unsigned place = 0; place < static_cast<unsigned>(board::cpu_count); ++place) {
        if (hardware_id(place) == affinity) {
            boot_place = place;
            return true;
        }
    }
    return false;
}

unsigned place_among_many(unsigned cpu) noexcept
{
    return cpu == 0 ? boot_place : cpu == boot_place ? 0 : cpu;
}

void join_other_cpus() noexcept
{
    targets[cpu_number()] = Controller::own_target();
    Controller::enable_urgent(irq_halt);
    Controller::enable(irq_call);
    running.fetch_add(1, std::memory_order_relaxed);
    // Fast interrupts: masked nowhere but on the first steps of an interrupt, and while a fault is reported.
    asm volatile("msr daifclr, #1");
}

bool is_halting() noexcept
{
    return halting.load(std::memory_order_relaxed);
}

void halt_this_cpu() noexcept
{
    Controller::leave();  // nothing ends a wait any more
    halted.fetch_add(1, std::memory_order_release);
    for (;;) {
        asm volatile("msr daifset, #0xf\n\tdsb sy\n\twfi" : : : "memory");
    }
}

bool Port::start_cpu(unsigned cpu, std::span<std::byte> stack, void* pointer) noexcept
{
    if (cpu == 0 || cpu >= static_cast<unsigned>(config::cpus)) {
        return false;
    }
    const std::uint64_t affinity = affinity_of(cpu);
    if (!wait_until_off(affinity)) {
        return false;
    }
    auto* const handover = ::new (stack.data() + stack.size() - sizeof(Handover)) Handover;
    asm volatile("mrs %0, mair_el1" : "=r"(handover->memory_attributes));
    asm volatile("mrs %0, tcr_el1" : "=r"(handover->translation_control));
    asm volatile("mrs %0, ttbr0_el1" : "=r"(handover->tables));
    asm volatile("mrs %0, vbar_el1" : "=r"(handover->vectors));
    asm volatile("mrs %0, sctlr_el1" : "=r"(handover->system_control));
    handover->emergency_stack_end = emergency_stacks[cpu - 1].memory + sizeof(EmergencyStack);
    handover->current = pointer;
    handover->number = cpu;
    clean(handover, handover + 1);
    return psci::cpu_on(conduit, affinity, reinterpret_cast<std::uintptr_t>(&pegplan_aarch64_secondary_entry),
                        reinterpret_cast<std::uintptr_t>(handover)) == psci::success;
}

void Port::stop_this_cpu() noexcept
{
    set_deadline(no_deadline);
    Controller::leave();
    running.fetch_sub(1, std::memory_order_relaxed);
    static_cast<void>(psci::cpu_off(conduit));
    for (;;) {  // firmware would not; start_cpu will find this CPU on, and fail
        asm volatile("dsb sy\n\twfi" : : : "memory");
    }
}

void Port::send_ipi(unsigned cpu) noexcept
{
    Controller::interrupt(targets[cpu], irq_call);
}

void Port::halt_others() noexcept
{
    constexpr Ticks patience = milliseconds(100);
    halting.store(true, std::memory_order_relaxed);
    Controller::interrupt_others_urgently(irq_halt);
    const Ticks begin = now();
    while (halted.load(std::memory_order_acquire) + 1 < running.load(std::memory_order_relaxed) &&
           now() - begin < patience) {
        relax();
    }
}

}  // namespace pegplan::arch::aarch64

// Entered from "arch/aarch64/secondary.S", masked, on the stack that start_cpu was given, MMU and caches on.
extern "C" [[noreturn]] void pegplan_aarch64_start_secondary() noexcept
{
    using namespace pegplan;
    using namespace pegplan::arch::aarch64;

    set_fp_access(config::fp_eager);
    Controller::init_cpu();
    board::Timer::init();
    Controller::enable(board::Timer::irq);
    join_other_cpus();
    asm volatile("msr daifclr, #4");  // system errors are taken from here on
    kernel::start_secondary();
}
