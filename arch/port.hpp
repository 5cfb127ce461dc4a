// The one contract between the kernel and the hardware.
//
// An architecture is a struct `Port` of static functions that satisfies `ArchPort`. The core calls nothing
// else of an architecture, and an architecture calls nothing of the core but the entries of
// "core/kernel_entry.hpp". The generated header <pegplan/board/arch.hpp> includes the chosen architecture and
// names it `pegplan::arch::Port`; no source file of the core names an architecture.
//
// Words used in the contracts below:
//   "masked"   the CPU takes no interrupts (x86 IF=0, DAIF.I=1, sstatus.SIE=0);
//   "thread"   the code of a thread, on that thread's stack;
//   "ISR"      code between `kernel::isr_enter` and `kernel::isr_exit`, on the interrupted thread's stack, masked.
// Unless it says so, an operation neither blocks nor touches the interrupt state, and takes constant time.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace pegplan::arch {

/// What `irq_save` found, to be given back to `irq_restore` in reverse order. The value means something to the
/// architecture alone.
struct [[nodiscard]] IrqState {
    std::uintptr_t raw;
};

/// A point in time, or a length of it, in periods of the architecture's counter since some moment before boot.
/// 64 bits do not wrap within the life of a machine; a narrower hardware counter is extended by the port.
using Ticks = std::uint64_t;

/// The latest point in time; as a deadline it means "none".
inline constexpr Ticks no_deadline = ~Ticks{0};

/// One register as panics show it.
struct Register {
    std::string_view name;
    std::uintptr_t value;
};

/// The registers of a moment: filled by the port, printed by the core.
struct RegisterDump {
    static constexpr std::size_t capacity = 40;
    Register registers[capacity];
    std::size_t count = 0;
    std::uintptr_t program_counter = 0;
    std::uintptr_t frame_pointer = 0;  ///< where a stack trace starts; 0 when unknown

    void add(std::string_view name, std::uintptr_t value) noexcept
    {
        if (count < capacity) {
            registers[count++] = {name, value};
        }
    }
};

/// What an architecture provides. Each operation's contract stands beside it; a test or an author of a port needs
/// to read nothing else.
template <class P>
concept ArchPort = requires(typename P::Context& context, IrqState state, Ticks ticks, void (*entry)(void*), void* argument,
                            std::span<std::byte> stack, std::span<const char> text, RegisterDump& dump, int code) {
    // ---- interrupts ---------------------------------------------------------------------------------------------

    // Masks interrupts on this CPU and returns how it was. A compiler barrier: nothing moves before it.
    { P::irq_save() } noexcept -> std::same_as<IrqState>;
    // Sets the mask back to `state`. A compiler barrier: nothing moves behind it.
    { P::irq_restore(state) } noexcept -> std::same_as<void>;
    // Whether interrupts were unmasked when that was saved.
    { P::was_enabled(state) } noexcept -> std::same_as<bool>;
    // Unmasks them. A compiler barrier: nothing moves behind it.
    { P::irq_enable() } noexcept -> std::same_as<void>;
    // Whether interrupts are unmasked.
    { P::irq_enabled() } noexcept -> std::same_as<bool>;
    // Entered masked, by the idle thread. Halts the CPU until an interrupt is pending, lets it be taken, and returns
    // masked. An interrupt that became pending just before must not be slept through.
    { P::wait_for_interrupt() } noexcept -> std::same_as<void>;

    // ---- contexts -----------------------------------------------------------------------------------------------

    // `Context` is the state of a thread that is not running: trivially constructible, at most a few words. The
    // rest of it lies on the thread's stack.

    // Prepares `context` so that the first switch to it calls `entry(argument)` unmasked, on `stack` (whose end is
    // aligned to `stack_alignment`), with a stack trace that ends there. `entry` never returns.
    { P::context_init(context, stack, entry, argument) } noexcept -> std::same_as<void>;
    // Entered masked. Saves what the C++ calling convention makes the callee preserve (floating-point state as the
    // menu says) in the first context, resumes the second, and returns, masked, when somebody switches back.
    { P::context_switch(context, context) } noexcept -> std::same_as<void>;
    // The context is never resumed again: forget what the CPU still holds of it (lazy floating-point state).
    // Masked.
    { P::context_release(context) } noexcept -> std::same_as<void>;
    // Whether the switch is in line: then a function that contains one saves all registers that calls preserve.
    { P::switches_in_line } -> std::convertible_to<bool>;
    // Bytes; a power of two.
    { P::stack_alignment } -> std::convertible_to<std::size_t>;

    // ---- time ---------------------------------------------------------------------------------------------------

    // The counter. Monotonic; never stops, not even while the CPU is halted.
    { P::now() } noexcept -> std::same_as<Ticks>;
    // Counter frequency in hertz; constexpr where the board file states it, else fixed after boot.
    { P::ticks_per_second() } noexcept -> std::same_as<std::uint64_t>;
    // One interrupt is raised at or as soon as possible after `ticks`, and replaces the one that was set before. A
    // deadline in the past is due at once; `no_deadline` means none. It may be raised early when the deadline is
    // past the hardware's reach: the core then sets it again. Masked.
    { P::set_deadline(ticks) } noexcept -> std::same_as<void>;

    // ---- console, entropy, end ----------------------------------------------------------------------------------

    // Writes all of `text` to the board's console, polling. Callable from anywhere, panics included.
    { P::console_write(text) } noexcept -> std::same_as<void>;
    // 64 bits to seed a generator of canaries or layouts, from the best source that the CPU has. Callable before the
    // first thread runs.
    { P::entropy() } noexcept -> std::same_as<std::uint64_t>;
    // Whether `entropy` has a hardware source behind it, rather than the jitter of a counter.
    { P::has_hardware_entropy() } noexcept -> std::same_as<bool>;
    // Fills `dump` with the registers of the caller.
    { P::capture_registers(dump) } noexcept -> std::same_as<void>;
    // A frame record (saved frame pointer, return address) lies this many bytes from where the frame pointer points.
    { P::frame_record_offset } -> std::convertible_to<std::ptrdiff_t>;
    // Ends the machine and reports `code` through the board's exit device; halts for ever where it has none.
    { P::exit(code) } noexcept -> std::same_as<void>;
};

/// The memory that a thread's thread_local objects need, and what its compiler wants around them. In bytes; the alignment is a
/// power of two.
struct ThreadLocalRoom {
    std::size_t size;  ///< 0 if the image has no such object
    std::size_t alignment;
};

/// What an architecture may provide besides: thread_local objects, for THREAD_LOCAL_STORAGE. Where the compiler looks for them
/// is part of a context.
template <class P>
concept ArchHasThreadLocals = ArchPort<P> && requires(typename P::Context& context, std::byte* place) {
    // The same for all threads of an image.
    { P::thread_local_room() } noexcept -> std::same_as<ThreadLocalRoom>;
    // Puts a new set of objects at `place`, a room as above, with the values that they have before constructors run. From
    // its next switch on the context uses them; the boot context, which runs already, must not use any before.
    // Called for every context before the first switch to it if the image has such objects, and never if it has none.
    // Takes a time that grows with the room's size.
    { P::init_thread_locals(context, place) } noexcept -> std::same_as<void>;
};

/// What an architecture may provide besides: pages that nobody may access, for STACK_GUARDS.
template <class P>
concept ArchProtectsPages = ArchPort<P> && requires(std::byte* page) {
    // Bytes; a power of two.
    { P::page_size } -> std::convertible_to<std::size_t>;
    // From now on each access to the page of the arena at this address faults. Returns false if there is no means left to
    // keep that in mind. Masked; may take a while.
    { P::protect_page(page) } noexcept -> std::same_as<bool>;
    // The page can be read and written again; its contents are lost or kept. Masked; may take a while.
    { P::unprotect_page(page) } noexcept -> std::same_as<void>;
};

/// What an architecture may provide besides: several CPUs, for SMP.
///
/// CPUs have the numbers 0 to CPUS - 1; number 0 is the one that boots. `current` is a pointer that belongs to the running
/// thread rather than to the CPU, so that reading it is right at any moment, migration or not: the kernel sets it in each
/// switch, and keeps its record of the running thread there.
///
/// A new context (context_init) begins masked on the CPU that switches to it for the first time, and calls
/// `pegplan_thread_begins` before it unmasks and calls its entry.
template <class P>
concept ArchHasManyCpus = ArchPort<P> && requires(unsigned cpu, void* pointer, std::span<std::byte> stack) {
    // What this thread was given: one instruction, or two, whatever happens between them.
    { P::current() } noexcept -> std::same_as<void*>;
    // Gives this CPU's thread a pointer. Masked.
    { P::set_current(pointer) } noexcept -> std::same_as<void>;
    // Starts CPU `cpu`, which does not run: it sets up what belongs to a CPU (traps, protection, timer, its interrupt
    // controller), sees all that was written before the call, and enters kernel::start_secondary(), masked, on `stack`
    // with `pointer` as its current. Returns false when there is no such CPU, or firmware refuses. From threads and before
    // the first one; may take milliseconds, and one call at a time.
    { P::start_cpu(cpu, stack, pointer) } noexcept -> std::same_as<bool>;
    // This CPU leaves: it takes part in nothing any more, holds no lock, and is not interrupted, until it is
    // started again. Masked, on the stack that start_cpu was given. Not on CPU 0.
    { P::stop_this_cpu() } noexcept -> std::same_as<void>;
    // Interrupts CPU `cpu`, which runs: it calls kernel::ipi_interrupt() soon, and sees there all that was written
    // before this call. Calls that it has not yet answered may be answered by one. To itself too. Masked or not. For one that
    // does not run, or is about to stop or start, nothing happens, or it answers when it runs again.
    { P::send_ipi(cpu) } noexcept -> std::same_as<void>;
    // Halts all other CPUs for ever, where they stand: for panics. Returns at once or when they have halted.
    { P::halt_others() } noexcept -> std::same_as<void>;
    // In a loop that waits for another CPU: lets that one go first, where threads or processes share a core.
    { P::relax() } noexcept -> std::same_as<void>;
};

/// What an architecture may provide besides: where its CPUs stand in the board file, if that need not be their number because
/// firmware chooses which one boots. For boards with several NUMA nodes.
template <class P>
concept ArchPlacesCpus = ArchPort<P> && requires(unsigned cpu) {
    // The place, from 0, of CPU `cpu` of the image. From the first thread's start on, anywhere.
    { P::place_of_cpu(cpu) } noexcept -> std::same_as<unsigned>;
};

}  // namespace pegplan::arch
