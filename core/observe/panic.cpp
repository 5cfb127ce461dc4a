// The last words of a kernel: what happened, where, registers, thread, and how it came there.
//
// Everything here runs on whatever stack and in whatever state the machine is in: it takes no lock, allocates nothing
// and believes no pointer that it has not checked.
#include "core/kernel_entry.hpp"
#include "core/observe/console.hpp"
#include "core/sched/cpu.hpp"

#include <pegplan/config/arch.hpp>
#include <pegplan/panic.hpp>

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

constinit bool panicking = false;

bool between(std::uintptr_t address, const std::byte* begin, const std::byte* end) noexcept
{
    return address >= reinterpret_cast<std::uintptr_t>(begin) && address < reinterpret_cast<std::uintptr_t>(end);
}

/// Whether stacks can lie there: the image's own data, boot stacks among them, or the arena, which need not follow it.
bool in_memory(std::uintptr_t address) noexcept
{
    return between(address, __data_start, __image_end) || between(address, __arena_start, __arena_end);
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
    const Cpu& cpu = this_cpu();
    if (cpu.current == nullptr) {
        print_unlocked("before the first thread\n");
        return;
    }
    print_unlocked("{}thread '{}' (id {}, priority {}) on CPU {}\n", cpu.in_isr ? "interrupt handler during " : "",
                   cpu.current->name.data(), cpu.current->id, static_cast<int>(cpu.current->priority), 0);
}

/// A second panic while the first one is being printed says so and no more.
void begin() noexcept
{
    static_cast<void>(arch::Port::irq_save());
    if (panicking) {
        print_unlocked("\npanic while panicking\n");
        arch::Port::exit(panic_exit_code);
    }
    panicking = true;
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
