// The last words of a kernel: what happened, where, registers, thread, and how it came there.
//
// Everything here runs on whatever stack and in whatever state the machine is in: it takes no lock, allocates nothing
// and believes no pointer that it has not checked.
#include "core/kernel_entry.hpp"
#include "core/memory/nodes.hpp"
#include "core/observe/console.hpp"
#include "core/sched/cpu.hpp"

#include <pegplan/config/arch.hpp>
#include <pegplan/panic.hpp>

#include <atomic>
#include <cstdint>

extern "C" {
extern std::byte __text_start[];
extern std::byte __text_end[];
extern std::byte __data_start[];
extern std::byte __image_end[];
extern std::byte __arena_start[];
extern std::byte __arena_end[];
}

namespace pegplan::kernel {

namespace {

constexpr int panic_exit_code = 255;

/// The CPU that panics, plus 1; 0 while none does.
constinit std::atomic<std::uint32_t> panicking{0};

/// Null before the kernel has started.
template <class Port = arch::Port>
const Cpu* known_cpu() noexcept
{
    if constexpr (config::smp) {
        return Port::current() != nullptr ? &this_cpu() : nullptr;
    } else {
        return this_cpu().current != nullptr ? &this_cpu() : nullptr;
    }
}

/// This CPU has the last word: no other says anything any more, nor changes what is shown.
template <class Port>
void halt_others() noexcept
{
    if constexpr (config::smp) {
        if (known_cpu() != nullptr) {
            Port::halt_others();
        }
    }
}

bool between(std::uintptr_t address, const std::byte* begin, const std::byte* end) noexcept
{
    return address >= reinterpret_cast<std::uintptr_t>(begin) && address < reinterpret_cast<std::uintptr_t>(end);
}

/// Whether stacks can lie there: the image's own data, boot stacks among them, or an arena, which need not follow it.
[[maybe_unused]] bool in_memory(std::uintptr_t address) noexcept
{
    return between(address, __data_start, __image_end) || between(address, __arena_start, __arena_end) ||
           in_further_arena(address);
}

void print_registers(const arch::RegisterDump& dump) noexcept
{
    constexpr std::size_t columns = 4;
    for (std::size_t index = 0; index < dump.count; ++index) {
        const arch::Register& entry = dump.registers[index];
        const bool last = index % columns == columns - 1 || index + 1 == dump.count;
        print_unlocked("  {:>7} {:016x}{}", entry.name, entry.value, last ? "\n" : "");
    }
}

void print_trace_line(int depth, std::uintptr_t address) noexcept
{
    print_unlocked("  #{} {:#018x}\n", depth, address);
}

/// Follows the chain of frame records: each is the caller's frame pointer and a return address. Stops at the first
/// record that does not lie in RAM above the one before it.
void print_stack_trace(const arch::RegisterDump& dump) noexcept
{
    print_unlocked("stack trace:\n");
    print_trace_line(0, dump.program_counter);
    if constexpr (config::frame_pointers) {
        struct FrameRecord {
            std::uintptr_t frame_pointer;
            std::uintptr_t return_address;
        };
        std::uintptr_t frame = dump.frame_pointer;
        for (int depth = 1; depth < config::panic_backtrace_depth; ++depth) {
            const std::uintptr_t place = frame + static_cast<std::uintptr_t>(arch::Port::frame_record_offset);
            if (place % alignof(FrameRecord) != 0 || !in_memory(place) || !in_memory(place + sizeof(FrameRecord) - 1)) {
                break;
            }
            const FrameRecord& record = *reinterpret_cast<const FrameRecord*>(place);
            // A call that does not return may be the last instruction of the text.
            if (!between(record.return_address - 1, __text_start, __text_end)) {
                break;
            }
            print_trace_line(depth, record.return_address);
            if (record.frame_pointer <= frame) {
                break;
            }
            frame = record.frame_pointer;
        }
    } else {
        print_unlocked("  (no more: this build has no frame pointers)\n");
    }
}

void print_thread() noexcept
{
    const Cpu* const cpu = known_cpu();
    if (cpu == nullptr) {
        print_unlocked("before the first thread\n");
        return;
    }
    const ThreadControl& thread = *cpu->current;
    print_unlocked("{}thread '{}' (id {}, priority {}) on CPU {}\n", cpu->in_isr ? "interrupt handler during " : "",
                   thread.name.data(), thread.id, static_cast<int>(thread.priority), cpu->sharing.index);
}

/// A second panic while the first one is being printed says so and no more; one of another CPU says nothing.
void begin() noexcept
{
    static_cast<void>(arch::Port::irq_save());
    const Cpu* const cpu = known_cpu();
    const std::uint32_t self = (cpu != nullptr ? cpu->sharing.index : 0) + 1;
    std::uint32_t before = 0;
    if (!panicking.compare_exchange_strong(before, self, std::memory_order_relaxed)) {
        if (before == self) {
            print_unlocked("\npanic while panicking\n");
            arch::Port::exit(panic_exit_code);
        }
        for (;;) {
            static_cast<void>(arch::Port::irq_save());  // the other one ends the machine
        }
    }
    halt_others<arch::Port>();
}

[[noreturn]] void end(const arch::RegisterDump& dump) noexcept
{
    print_thread();
    print_registers(dump);
    print_stack_trace(dump);
    arch::Port::exit(panic_exit_code);
}

}  // namespace

void vpanic(const std::source_location& where, std::string_view format,
            std::span<const format_detail::Argument> arguments) noexcept
{
    arch::RegisterDump dump;
    arch::Port::capture_registers(dump);
    begin();
    print_unlocked("\npanic: ");
    vprint_unlocked(format, arguments);
    print_unlocked("\nat {}:{} in {}\n", where.file_name(), where.line(), where.function_name());
    end(dump);
}

void fault(const Fault& fault) noexcept
{
    begin();
    print_unlocked("\npanic: {} (code {:#x})", fault.cause, fault.code);
    if (fault.has_address) {
        print_unlocked(", address {:#018x}", fault.address);
    }
    print_unlocked("\nat {:#018x}\n", fault.registers.program_counter);
    end(fault.registers);
}

void result_misused(const Error* error) noexcept
{
    if (error != nullptr) {
        panic("value() of a Result that holds the error {}", *error);
    }
    panic("error() of a Result that holds a value");
}

}  // namespace pegplan::kernel
