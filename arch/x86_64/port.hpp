// The x86_64 architecture. The contract of each operation stands in "arch/port.hpp".
//
// Interrupt entries are in trap.S, the way from reset to here in boot.S and start.cpp.
#pragma once

#include "arch/mmu/page_table.hpp"
#include "arch/port.hpp"
#include "arch/x86_64/clock.hpp"
#include "arch/x86_64/context.hpp"
#include "arch/x86_64/cpu.hpp"
#include "arch/x86_64/devices.hpp"
#include "arch/x86_64/entropy.hpp"
#include "arch/x86_64/fp.hpp"
#include "arch/x86_64/fp_lazy.hpp"
#include "arch/x86_64/local_cpu.hpp"
#include "arch/x86_64/registers.hpp"

#include <pegplan/config/smp.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

/// switch.S: where a new context begins.
extern "C" const std::byte pegplan_thread_entry[];
/// secondary.S: where it begins if there are several CPUs.
extern "C" const std::byte pegplan_smp_thread_entry[];

namespace pegplan::arch::x86_64 {

struct Port {
    // ---- interrupts -------------------------------------------------------------------------------------------------

    [[gnu::always_inline]] static IrqState irq_save() noexcept
    {
        IrqState state;
        asm volatile("pushfq; popq %0; cli" : "=r"(state.raw) : : "memory");
        return state;
    }

    [[gnu::always_inline]] static void irq_restore(IrqState state) noexcept
    {
        asm volatile("pushq %0; popfq" : : "r"(state.raw) : "memory", "cc");
    }

    [[gnu::always_inline]] static bool was_enabled(IrqState state) noexcept { return (state.raw & rflags_interrupts_enabled) != 0; }

    [[gnu::always_inline]] static void irq_enable() noexcept { asm volatile("sti" : : : "memory", "cc"); }

    static bool irq_enabled() noexcept
    {
        std::uintptr_t rflags;
        asm volatile("pushfq; popq %0" : "=r"(rflags));
        return (rflags & rflags_interrupts_enabled) != 0;
    }

    static void wait_for_interrupt() noexcept
    {
        // Interrupts are taken only behind the instruction that follows `sti`: none can slip in before the halt.
        asm volatile("sti; hlt; cli" : : : "memory");
    }

    // ---- contexts ---------------------------------------------------------------------------------------------------

    using Context = x86_64::Context;

    static constexpr bool switches_in_line = true;
    static constexpr std::size_t stack_alignment = 16;

    static void context_init(Context& context, std::span<std::byte> stack, void (*entry)(void*),
                             void* argument) noexcept
    {
        /// What pegplan_thread_entry pops.
        struct EntryFrame {
            void* argument;
            void (*entry)(void*);
        };

        std::byte* const top = init_fp(context.fp, stack.data() + stack.size()) - sizeof(EntryFrame);
        *reinterpret_cast<EntryFrame*>(top) = {argument, entry};
        context.stack_pointer = top;
        context.resume_at = config::smp ? pegplan_smp_thread_entry : pegplan_thread_entry;
    }

    /// Inline, so that the compiler saves those registers that the caller keeps anything in, and no other. The context
    /// that is left goes on at the label 1, on its own stack.
    [[gnu::always_inline]] static void context_switch(Context& from, Context& to) noexcept
    {
        switch_fp(from.fp, to.fp);
        Context* save = &from;
        Context* load = &to;
        asm volatile(
            "pushq %%rbp\n\t"  // not in the list of clobbers, where compilers refuse a frame pointer
            "movq $1f, %c[resume_at](%%rdi)\n\t"
            "movq %%rsp, %c[stack_pointer](%%rdi)\n\t"
            "movq %c[stack_pointer](%%rsi), %%rsp\n\t"
            "jmpq *%c[go_by](%%rsi)\n"
            "1:\tpopq %%rbp"
            : "+D"(save), "+S"(load)
            : [stack_pointer] "i"(offsetof(Context, stack_pointer)), [resume_at] "i"(offsetof(Context, resume_at)),
              [go_by] "i"(config::thread_local_storage ? reinterpret_cast<std::uintptr_t>(pegplan_switch)
                                                       : offsetof(Context, resume_at))
            : "rax", "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "cc", "memory");
    }

    static void context_release(Context& context) noexcept { release_fp(context.fp); }

    static ThreadLocalRoom thread_local_room() noexcept { return thread_locals().room(); }

    static void init_thread_locals(Context& context, std::byte* place) noexcept
    {
        context.thread_pointer.set(thread_locals().init(place));
    }

    // ---- time -------------------------------------------------------------------------------------------------------

    static Ticks now() noexcept
    {
        return config::smp ? read_time_stamp_counter_in_order() : read_time_stamp_counter();
    }

    static std::uint64_t ticks_per_second() noexcept { return clock_rates.ticks_per_second; }

    static void set_deadline(Ticks deadline) noexcept
    {
        const Ticks time = now();
        std::uint32_t count = 1;
        if (deadline > time) [[likely]] {
            const Ticks distance = deadline - time;
            if (distance < clock_rates.timer_reach) [[likely]] {
                // One more than the quotient: rather a little late than so early that it must be set again.
                count = 1 + static_cast<std::uint32_t>(multiply_high(distance, clock_rates.timer_per_tick));
            } else {
                count = deadline == no_deadline ? 0 : board::Timer::timer_count_max;
            }
        }
        board::Timer::start_timer(count);
    }

    // ---- several CPUs -----------------------------------------------------------------------------------------------

    [[gnu::always_inline]] static void* current() noexcept { return read_current(); }
    [[gnu::always_inline]] static void set_current(void* pointer) noexcept { write_current(pointer); }
    [[nodiscard]] static bool start_cpu(unsigned cpu, std::span<std::byte> stack, void* pointer) noexcept;
    [[noreturn]] static void stop_this_cpu() noexcept;
    static void send_ipi(unsigned cpu) noexcept;
    static void halt_others() noexcept;
    [[gnu::always_inline]] static void relax() noexcept { asm volatile("pause"); }

    // ---- console, entropy, end --------------------------------------------------------------------------------------

    static constexpr std::size_t page_size = mmu::page_size;
    static bool protect_page(std::byte* page) noexcept;
    static void unprotect_page(std::byte* page) noexcept;

    static void console_write(std::span<const char> text) noexcept { board::Console::write(text); }

    static std::uint64_t entropy() noexcept { return x86_64::entropy(); }

    static bool has_hardware_entropy() noexcept { return x86_64::has_hardware_entropy(); }

    [[gnu::always_inline]] static void capture_registers(RegisterDump& dump) noexcept
    {
        IntegerRegisters integers;
        InterruptFrame frame;
        capture(integers, frame);
        fill(dump, integers, frame);
    }

    static constexpr std::ptrdiff_t frame_record_offset = 0;

    [[noreturn]] static void exit(int code) noexcept
    {
        board::Exit::exit(code);
        if constexpr (config::smp) {
            halt_others();
        }
        halt_forever();
    }

private:
    static ThreadBlock thread_locals() noexcept
    {
        return ThreadBlock::below_pointer(image_thread_locals(), sizeof(std::uintptr_t));
    }

    static constexpr std::uint64_t multiply_high(std::uint64_t a, std::uint64_t b) noexcept
    {
        constexpr int word_bits = std::numeric_limits<std::uint64_t>::digits;
        using Wide = unsigned __int128;
        return static_cast<std::uint64_t>(Wide{a} * b >> word_bits);
    }
};

static_assert(ArchPort<Port> && ArchProtectsPages<Port> && ArchHasThreadLocals<Port> && ArchHasManyCpus<Port>);

}  // namespace pegplan::arch::x86_64
