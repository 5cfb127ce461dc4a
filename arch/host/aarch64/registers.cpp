// Contexts of aarch64 before their first switch, and registers for reports.
#include "frame.h"
#include "host_machine.hpp"

#include <iterator>
#include <string_view>

extern "C" [[noreturn]] void pegplan_context_start() noexcept;

namespace pegplan::arch::host {
namespace {

constexpr std::string_view names[] = {
    "x0",  "x1",  "x2",  "x3",  "x4",  "x5",  "x6",  "x7",  "x8",  "x9",  "x10", "x11", "x12", "x13", "x14", "x15",
    "x16", "x17", "x18", "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27", "x28", "x29", "x30",
};
constexpr std::size_t frame_pointer = 29;

void set(std::byte* frame, std::size_t offset, std::uintptr_t value) noexcept
{
    *reinterpret_cast<std::uintptr_t*>(frame + offset) = value;
}

}  // namespace

void init_machine_context(MachineContext& context, std::byte* top, void (*entry)(void*), void* argument) noexcept
{
    std::byte* frame = top - FRAME_SIZE;
    set(frame, FRAME_X19, reinterpret_cast<std::uintptr_t>(entry));
    set(frame, FRAME_X20, reinterpret_cast<std::uintptr_t>(argument));
    set(frame, FRAME_X29, 0);
    set(frame, FRAME_X30, reinterpret_cast<std::uintptr_t>(&pegplan_context_start));
    if constexpr (config::fp_eager) {
        frame -= FP_FRAME_SIZE;
        set(frame, FP_FRAME_FPCR, 0);
    }
    context.stack_pointer = frame;
}

AccessKind access_kind(const ucontext_t& context) noexcept
{
    // The syndrome stands in one of the records behind the registers, if there is one.
    struct RecordHead {
        std::uint32_t magic;
        std::uint32_t size;
    };
    struct Syndrome {
        RecordHead head;
        std::uint64_t esr;
    };
    constexpr std::uint32_t syndrome_magic = 0x4553'5201;
    constexpr int class_shift = 26;
    constexpr std::uint64_t class_instruction_abort = 0x20;
    constexpr std::uint64_t class_data_abort = 0x24;
    constexpr std::uint64_t write = 1 << 6;

    const unsigned char* place = context.uc_mcontext.__reserved;
    const unsigned char* const end = place + sizeof context.uc_mcontext.__reserved;
    while (place + sizeof(Syndrome) <= end) {
        const auto& head = *reinterpret_cast<const RecordHead*>(place);
        if (head.magic == syndrome_magic) {
            const std::uint64_t esr = reinterpret_cast<const Syndrome*>(place)->esr;
            switch (esr >> class_shift) {
            case class_instruction_abort: return AccessKind::execution;
            case class_data_abort: return (esr & write) != 0 ? AccessKind::write : AccessKind::read;
            default: return AccessKind::unknown;
            }
        }
        if (head.magic == 0 || head.size == 0) {
            break;
        }
        place += head.size;
    }
    return AccessKind::unknown;
}

void fill_registers(RegisterDump& dump, const ucontext_t& context) noexcept
{
    const mcontext_t& machine = context.uc_mcontext;
    dump.add("pc", machine.pc);
    dump.add("sp", machine.sp);
    dump.add("pstate", machine.pstate);
    for (std::size_t index = 0; index < std::size(names); ++index) {
        dump.add(names[index], machine.regs[index]);
    }
    dump.program_counter = machine.pc;
    dump.frame_pointer = machine.regs[frame_pointer];
}

[[gnu::noinline]] void capture_registers(RegisterDump& dump) noexcept
{
    constexpr std::size_t first = 19;
    constexpr std::size_t count = 10;
    std::uintptr_t values[count];
    std::uintptr_t sp;
    asm volatile("stp x19, x20, [%0]\n\tstp x21, x22, [%0, #16]\n\tstp x23, x24, [%0, #32]\n\t"
                 "stp x25, x26, [%0, #48]\n\tstp x27, x28, [%0, #64]"
                 :
                 : "r"(values)
                 : "memory");
    asm volatile("mov %0, sp" : "=r"(sp));
    dump.program_counter = reinterpret_cast<std::uintptr_t>(__builtin_return_address(0));
    if constexpr (config::frame_pointers) {
        // The caller's, which this function's frame record holds.
        dump.frame_pointer = *static_cast<const std::uintptr_t*>(__builtin_frame_address(0));
    }
    dump.add("pc", dump.program_counter);
    dump.add("sp", sp);
    dump.add("x29", dump.frame_pointer);
    for (std::size_t index = 0; index < count; ++index) {
        dump.add(names[first + index], values[index]);
    }
}

}  // namespace pegplan::arch::host
