// The port to aarch64: EL1, one address space, the generic timer, a GIC. The contract of each operation is in
// "arch/port.hpp".
#pragma once

#include "arch/aarch64/context.hpp"
#include "arch/aarch64/floating_point.hpp"
#include "arch/aarch64/trap.hpp"
#include "arch/mmu/page_table.hpp"
#include "arch/port.hpp"

#include <pegplan/board/devices.hpp>
#include <pegplan/config/arch.hpp>
#include <pegplan/config/smp.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

extern "C" {
// The arguments are the addresses of the stack pointers in two contexts. Which of the two others the first ones are the
// linker decides: they load the thread pointer only if the image has thread_local objects.
void pegplan_switch(std::uintptr_t* from, const std::uintptr_t* to) noexcept;
void pegplan_switch_fp(std::uintptr_t* from, const std::uintptr_t* to) noexcept;
void pegplan_switch_plain(std::uintptr_t* from, const std::uintptr_t* to) noexcept;
void pegplan_switch_fp_plain(std::uintptr_t* from, const std::uintptr_t* to) noexcept;
void pegplan_aarch64_thread_begin() noexcept;
void pegplan_aarch64_thread_begin_among_cpus() noexcept;
}

namespace pegplan::arch::aarch64 {

struct Port {
    using Context = aarch64::Context;

    // ---- interrupts -------------------------------------------------------------------------------------------------

    // Changes of PSTATE.I take effect in program order without a barrier.

    [[gnu::always_inline]] static IrqState irq_save() noexcept
    {
        IrqState state;
        asm volatile("mrs %0, daif\n\tmsr daifset, %1" : "=r"(state.raw) : "i"(daif_irq) : "memory");
        return state;
    }

    [[gnu::always_inline]] static void irq_restore(IrqState state) noexcept
    {
        asm volatile("msr daif, %0" : : "r"(state.raw) : "memory");
    }

    [[gnu::always_inline]] static bool was_enabled(IrqState state) noexcept { return (state.raw & daif_irq_masked) == 0; }

    [[gnu::always_inline]] static void irq_enable() noexcept { asm volatile("msr daifclr, %0" : : "i"(daif_irq) : "memory"); }

    [[gnu::always_inline]] static bool irq_enabled() noexcept
    {
        std::uintptr_t daif;
        asm volatile("mrs %0, daif" : "=r"(daif));
        return (daif & daif_irq_masked) == 0;
    }

    /// A pending interrupt ends the wait although it is masked. The first barrier makes a deadline that has just been
    /// set count; the second makes a pending interrupt come before interrupts are masked again. Where others may wait for
    /// what this CPU has written, that is not left in a buffer of a CPU that sleeps.
    static void wait_for_interrupt() noexcept
    {
        if constexpr (config::smp) {
            asm volatile("dsb ish" : : : "memory");
        }
        asm volatile("isb\n\twfi\n\tmsr daifclr, %0\n\tisb\n\tmsr daifset, %0" : : "i"(daif_irq) : "memory");
    }

    // ---- contexts ---------------------------------------------------------------------------------------------------

    static constexpr bool switches_in_line = false;
    static constexpr std::size_t stack_alignment = 16;

    static void context_init(Context& context, std::span<std::byte> stack, void (*entry)(void*),
                             void* argument) noexcept
    {
        std::byte* const top = context.floating_point.prepare(stack.data() + stack.size());
        auto* const frame = reinterpret_cast<SwitchFrame*>(top - sizeof(Context::FloatingPoint::Frame));
        frame->x19_to_x28[0] = reinterpret_cast<std::uint64_t>(entry);
        frame->x19_to_x28[1] = reinterpret_cast<std::uint64_t>(argument);
        frame->frame_pointer = 0;
        constexpr auto* begin = config::smp ? &pegplan_aarch64_thread_begin_among_cpus : &pegplan_aarch64_thread_begin;
        frame->link = reinterpret_cast<std::uint64_t>(begin);
        context.stack_pointer = reinterpret_cast<std::uintptr_t>(frame);
    }

    [[gnu::always_inline]] static void context_switch(Context& from, Context& to) noexcept
    {
        if constexpr (config::fp_eager) {
            constexpr auto* switch_to = config::thread_local_storage ? &pegplan_switch_fp : &pegplan_switch_fp_plain;
            switch_to(&from.stack_pointer, &to.stack_pointer);
        } else {
            if constexpr (config::fp_lazy) {
                lazy_unit().before_switch(from, to);
            }
            constexpr auto* switch_to = config::thread_local_storage ? &pegplan_switch : &pegplan_switch_plain;
            switch_to(&from.stack_pointer, &to.stack_pointer);
        }
    }

    static void context_release(Context& context) noexcept
    {
        if constexpr (config::fp_lazy) {
            lazy_unit().forget(context);
        }
    }

    static ThreadLocalRoom thread_local_room() noexcept { return thread_locals().room(); }

    static void init_thread_locals(Context& context, std::byte* place) noexcept
    {
        context.thread_pointer.set(thread_locals().init(place));
    }

    // ---- time -------------------------------------------------------------------------------------------------------

    [[gnu::always_inline]] static Ticks now() noexcept { return board::Timer::now(); }

    static constexpr std::uint64_t ticks_per_second() noexcept { return board::Timer::frequency; }

    [[gnu::always_inline]] static void set_deadline(Ticks ticks) noexcept { board::Timer::set_deadline(ticks); }

    // ---- several CPUs: "arch/aarch64/many_cpus.cpp" -----------------------------------------------------------------

    /// TPIDR_EL1. Volatile: to the compiler two readings with a switch between them would be the same.
    [[gnu::always_inline]] static void* current() noexcept
    {
        void* pointer;
        asm volatile("mrs %0, tpidr_el1" : "=r"(pointer));
        return pointer;
    }

    [[gnu::always_inline]] static void set_current(void* pointer) noexcept
    {
        asm volatile("msr tpidr_el1, %0" : : "r"(pointer) : "memory");
    }

    static bool start_cpu(unsigned cpu, std::span<std::byte> stack, void* pointer) noexcept;
    [[noreturn]] static void stop_this_cpu() noexcept;
    static void send_ipi(unsigned cpu) noexcept;
    static void halt_others() noexcept;

    [[gnu::always_inline]] static void relax() noexcept { asm volatile("yield" : : : "memory"); }

    /// CPU 0 is the one that boots; that whose place it has, if it is not the first, has the first.
    static unsigned place_of_cpu(unsigned cpu) noexcept;

    // ---- pages, console, entropy, end -------------------------------------------------------------------------------

    static constexpr std::size_t page_size = mmu::page_size;
    static bool protect_page(std::byte* page) noexcept;
    static void unprotect_page(std::byte* page) noexcept;

    static void console_write(std::span<const char> text) noexcept;

    static std::uint64_t entropy() noexcept;

    static bool has_hardware_entropy() noexcept;

    /// The caller's, since it is inlined there.
    [[gnu::always_inline]] static void capture_registers(RegisterDump& dump) noexcept
    {
        TrapFrame frame;
        pegplan_aarch64_capture(&frame);
        constexpr std::size_t link_register = 30;
        describe_registers(dump, frame);
        dump.program_counter = frame.x[link_register];
    }

    static constexpr std::ptrdiff_t frame_record_offset = 0;

    [[noreturn]] static void exit(int code) noexcept;

private:
    /// The ABI reserves two words at the thread pointer, which nothing here uses.
    static ThreadBlock thread_locals() noexcept
    {
        constexpr std::size_t reserved = 2 * sizeof(std::uintptr_t);
        return ThreadBlock::above_pointer(image_thread_locals(), reserved);
    }

    static constexpr unsigned daif_irq = 1U << 1;               // in the immediate of DAIFSet and DAIFClr
    static constexpr std::uintptr_t daif_irq_masked = 1U << 7;  // in the register
};

static_assert(ArchPort<Port> && ArchProtectsPages<Port> && ArchHasThreadLocals<Port>);
static_assert(!config::smp || ArchHasManyCpus<Port>);
static_assert(ArchPlacesCpus<Port>);

}  // namespace pegplan::arch::aarch64
