// The riscv64 port: S-mode under a firmware that speaks SBI, or M-mode without one.
#pragma once

#include "arch/mmu/page_table.hpp"
#include "arch/port.hpp"
#include "arch/riscv64/csr.hpp"
#include "arch/riscv64/fp.hpp"
#include "arch/riscv64/mode.hpp"
#include "arch/riscv64/translations.hpp"
#include "arch/thread_locals.hpp"

#include <pegplan/board/devices.hpp>
#include <pegplan/config/arch.hpp>
#include <pegplan/config/smp.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace pegplan::arch::riscv64 {

/// A context at rest: the rest lies below its stack pointer (switch.S).
struct Context {
    std::uintptr_t sp;
    [[no_unique_address]] ThreadPointer tp;  ///< where its thread_local objects begin
    [[no_unique_address]] FpContext fp;
};

extern "C" {
// Which of the two the first ones are the linker decides: they load the thread pointer only if the image has thread_local
// objects.
void pegplan_switch(Context* from, const Context* to) noexcept;
void pegplan_switch_fp(Context* from, const Context* to) noexcept;
void pegplan_switch_plain(Context* from, const Context* to) noexcept;
void pegplan_switch_fp_plain(Context* from, const Context* to) noexcept;
}

struct Port {
    using Context = riscv64::Context;
    static constexpr bool switches_in_line = false;
    static constexpr std::size_t stack_alignment = 16;
    static constexpr std::ptrdiff_t frame_record_offset = -16;

    [[gnu::always_inline]] static IrqState irq_save() noexcept
    {
        return {Status::read_and_clear(Mode::status_interrupts)};
    }

    // The bit is clear now, so setting what was set is enough: one instruction and no branch. The other bits that were set are as they
    // were, or (SPP and SPIE, behind a switch) are written by the next trap before anybody reads them; but with lazy switching the
    // unit's may have been cleared for good.
    [[gnu::always_inline]] static void irq_restore(IrqState state) noexcept
    {
        Status::set(config::fp_lazy ? state.raw & Mode::status_interrupts : state.raw);
    }

    [[gnu::always_inline]] static bool was_enabled(IrqState state) noexcept { return (state.raw & Mode::status_interrupts) != 0; }
    [[gnu::always_inline]] static void irq_enable() noexcept { Status::set(Mode::status_interrupts); }
    static bool irq_enabled() noexcept { return (Status::read() & Mode::status_interrupts) != 0; }

    // wfi ends when an enabled interrupt is pending, masked or not; it is taken in the moment of unmasking.
    static void wait_for_interrupt() noexcept
    {
        asm volatile("wfi" ::: "memory");
        Status::set(Mode::status_interrupts);
        Status::clear(Mode::status_interrupts);
    }

    static void context_init(Context& context, std::span<std::byte> stack, void (*entry)(void*), void* argument) noexcept;

    [[gnu::always_inline]] static void context_switch(Context& from, Context& to) noexcept
    {
        to.fp.switch_to();
        HartTranslations::catch_up();
        if constexpr (config::fp_eager) {
            constexpr auto* switch_to = config::thread_local_storage ? &pegplan_switch_fp : &pegplan_switch_fp_plain;
            switch_to(&from, &to);
        } else {
            constexpr auto* switch_to = config::thread_local_storage ? &pegplan_switch : &pegplan_switch_plain;
            switch_to(&from, &to);
        }
    }

    static void context_release(Context& context) noexcept { context.fp.release(); }

    // tp points to the first object.
    static ThreadLocalRoom thread_local_room() noexcept { return thread_locals().room(); }
    static void init_thread_locals(Context& context, std::byte* place) noexcept
    {
        context.tp.set(thread_locals().init(place));
    }

    [[gnu::always_inline]] static Ticks now() noexcept { return board::Timer::now(); }
    static constexpr std::uint64_t ticks_per_second() noexcept { return board::Timer::frequency; }
    static void set_deadline(Ticks deadline) noexcept { board::Timer::set_deadline(deadline); }

    static constexpr std::size_t page_size = mmu::page_size;
    static bool protect_page(std::byte* page) noexcept;
    static void unprotect_page(std::byte* page) noexcept;

    // Who holds a lock to write keeps the console's registers to itself only if accesses to them stay between those to the lock.
    static void console_write(std::span<const char> text) noexcept
    {
        if constexpr (config::smp) {
            asm volatile("fence iorw, iorw" ::: "memory");
            board::Console::write(text);
            asm volatile("fence iorw, iorw" ::: "memory");
        } else {
            board::Console::write(text);
        }
    }

    static std::uint64_t entropy() noexcept;
    static bool has_hardware_entropy() noexcept { return false; }
    static void capture_registers(RegisterDump& dump) noexcept;
    [[noreturn]] static void exit(int code) noexcept
    {
        board::Exit::exit(code);
        static_cast<void>(irq_save());
        if constexpr (config::smp) {
            halt_others();
        }
        for (;;) {
            asm volatile("wfi");
        }
    }

    // ---- several CPUs (smp.cpp) ---------------------------------------------------------------------------------

    // The running thread's pointer is in gp, which belongs to the platform: no compiler uses it, and a linker only where there is
    // a symbol __global_pointer$, which boot.S does not ask for in images with several CPUs. It is the one place that costs
    // no access: the scratch register is needed by the entry of traps, and slower to read on most harts; tp is the thread_local
    // objects', whose layout leaves no room for a word of others. (A compiler that keeps shadow stacks in gp would have to be
    // told another register.)
    [[gnu::always_inline]] static void* current() noexcept
    {
        void* pointer;
        asm volatile("mv %0, gp" : "=r"(pointer));
        return pointer;
    }
    [[gnu::always_inline]] static void set_current(void* pointer) noexcept
    {
        asm volatile("mv gp, %0" : : "r"(pointer) : "memory");
    }

    static bool start_cpu(unsigned cpu, std::span<std::byte> stack, void* pointer) noexcept;
    [[noreturn]] static void stop_this_cpu() noexcept;
    static void send_ipi(unsigned cpu) noexcept;

    // By an interrupt: a CPU halts when it unmasks. Waits for that a tenth of a second; one that stays masked for longer, in an
    // endless loop, goes on until the machine ends. If two CPUs call it, the second one halts.
    static void halt_others() noexcept;

    static void relax() noexcept;

    // CPU 0 is the hart that boots, which the firmware chooses; the others are in the order of the board file. (start.cpp)
    static unsigned place_of_cpu(unsigned cpu) noexcept;

private:
    static ThreadBlock thread_locals() noexcept { return ThreadBlock::above_pointer(image_thread_locals(), 0); }
};

static_assert(ArchPort<Port> && ArchProtectsPages<Port> && ArchHasThreadLocals<Port> && ArchHasManyCpus<Port> &&
              ArchPlacesCpus<Port>);

}  // namespace pegplan::arch::riscv64
