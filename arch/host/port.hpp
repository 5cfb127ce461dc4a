// The host: a Linux process as a machine. The contract of each operation stands in "arch/port.hpp".
//
// A CPU is a pthread (cpu.hpp), interrupts are masked by a flag in memory, time is the machine's or virtual (time.hpp).
#pragma once

#include "arch/host/fibers.hpp"
#include "arch/host/smp.hpp"
#include "arch/host/thread_locals.hpp"
#include "arch/host/time.hpp"
#include "arch/port.hpp"

#include <pegplan/board/devices.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace pegplan::arch::host {

struct Context {
    MachineContext machine;
    [[no_unique_address]] Fiber fiber;
    [[no_unique_address]] ContextThreadLocals thread_locals;
};

/// Now, ticks_per_second and set_deadline are those of the chosen kind of time.
struct Port : Time {
    using Context = host::Context;
    static constexpr bool switches_in_line = true;
    static constexpr std::size_t stack_alignment = machine_stack_alignment;
    static constexpr std::ptrdiff_t frame_record_offset = 0;

    [[gnu::always_inline]] static IrqState irq_save() noexcept
    {
        pass();
        return {mask()};
    }

    [[gnu::always_inline]] static void irq_restore(IrqState state) noexcept
    {
        unmask_to(static_cast<std::uint8_t>(state.raw));
        if (is_due() && state.raw == 0) [[unlikely]] {
            take_interrupts();
        }
    }

    [[gnu::always_inline]] static bool was_enabled(IrqState state) noexcept { return state.raw == 0; }
    [[gnu::always_inline]] static void irq_enable() noexcept { irq_restore({0}); }
    static bool irq_enabled() noexcept { return masked() == 0; }

    static void wait_for_interrupt() noexcept
    {
        wait(this_host_cpu());
        take_interrupts();
        mask();
    }

    static void context_init(Context& context, std::span<std::byte> stack, void (*entry)(void*), void* argument) noexcept
    {
        constexpr std::uintptr_t alignment_mask = stack_alignment - 1;
        const auto end = reinterpret_cast<std::uintptr_t>(stack.data() + stack.size());
        context.fiber.init(stack);
        init_machine_context(context.machine, stack.data() + stack.size() - (end & alignment_mask), entry, argument);
    }

    [[gnu::always_inline]] static void context_switch(Context& from, Context& to) noexcept
    {
        from.thread_locals.leave(to.thread_locals);
        from.fiber.leave(to.fiber);
        switch_machine_context(from.machine, to.machine);
        from.fiber.arrive();
    }

    static void context_release(Context& context) noexcept { context.fiber.release(); }

    static ThreadLocalRoom thread_local_room() noexcept { return ContextThreadLocals::room(); }
    static void init_thread_locals(Context& context, std::byte* place) noexcept { context.thread_locals.init(place); }

    static constexpr std::size_t page_size = host::page_size;
    static bool protect_page(std::byte* page) noexcept { return !protect(page, page_size, Access::none).failed(); }
    static void unprotect_page(std::byte* page) noexcept { protect(page, page_size, Access::read_write); }

    static void console_write(std::span<const char> text) noexcept
    {
        pass(text.size());
        board::Console::write(text);
    }

    static std::uint64_t entropy() noexcept
    {
        std::uint64_t bits = 0;
        fill_with_entropy(std::as_writable_bytes(std::span{&bits, 1}));
        return bits;
    }

    static bool has_hardware_entropy() noexcept { return true; }

    [[gnu::always_inline]] static void capture_registers(RegisterDump& dump) noexcept { host::capture_registers(dump); }

    [[noreturn]] static void exit(int code) noexcept
    {
        board::Exit::exit(code);
        static_cast<void>(irq_save());
        if constexpr (config::smp) {
            halt();
        }
        for (;;) {
            let_others_run();
        }
    }

    // Several CPUs (smp.hpp).

    [[gnu::always_inline]] static void* current() noexcept
    {
        return load_of_cpu<void*, offsetof(HostCpu, many) + offsetof(OneOfMany, current)>();
    }

    [[gnu::always_inline]] static void set_current(void* pointer) noexcept
    {
        store_to_cpu<void*, offsetof(HostCpu, many) + offsetof(OneOfMany, current)>(pointer);
    }

    static bool start_cpu(unsigned cpu, std::span<std::byte> stack, void* pointer) noexcept
    {
        return host::start_cpu(cpu, stack, pointer);
    }

    [[noreturn]] static void stop_this_cpu() noexcept { host::stop_this_cpu(); }

    static void send_ipi(unsigned cpu) noexcept
    {
        const IrqState state = irq_save();
        // What was written before this is seen by the CPU that takes the request.
        if (HostCpu& other = *all_cpus[cpu]; other.many.asked.exchange(1, std::memory_order_acq_rel) == 0) {
            ask(other);
        }
        irq_restore(state);
    }

    static void halt_others() noexcept { halt(); }
    static void relax() noexcept { spin(); }
};

static_assert(ArchPort<Port> && ArchProtectsPages<Port> && ArchHasThreadLocals<Port>);
static_assert(!config::smp || ArchHasManyCpus<Port>);

}  // namespace pegplan::arch::host
