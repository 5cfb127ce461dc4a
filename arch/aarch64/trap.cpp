// Faults: decodes the syndrome, and hands everything to the core.
#include "arch/aarch64/trap.hpp"

#include "arch/aarch64/port.hpp"
#include "core/kernel_entry.hpp"

#include <pegplan/config/arch.hpp>

#include <array>
#include <cstddef>
#include <string_view>

namespace pegplan::arch::aarch64 {

namespace {

// ---- ESR_EL1 --------------------------------------------------------------------------------------------------------

constexpr std::uint64_t class_of(std::uint64_t syndrome) noexcept
{
    constexpr std::uint64_t class_mask = 0x3f;
    return syndrome >> ESR_CLASS_SHIFT & class_mask;
}

constexpr std::uint64_t instruction_abort_from_el0 = 0x20;
constexpr std::uint64_t instruction_abort = 0x21;
constexpr std::uint64_t pc_alignment = 0x22;
constexpr std::uint64_t data_abort_from_el0 = 0x24;
constexpr std::uint64_t data_abort = 0x25;
constexpr std::uint64_t watchpoint_from_el0 = 0x34;
constexpr std::uint64_t watchpoint = 0x35;

struct ClassName {
    std::uint64_t exception_class;
    std::string_view name;
};

constexpr ClassName class_names[] = {
    {0x00, "undefined instruction"},
    {0x01, "trapped wait instruction"},
    {ESR_CLASS_FP_ACCESS, "floating point used where it is off"},
    {0x0d, "branch target exception"},
    {0x0e, "illegal execution state"},
    {0x15, "supervisor call"},
    {0x16, "hypervisor call"},
    {0x17, "secure monitor call"},
    {0x18, "trapped system register or instruction"},
    {0x19, "scalable vectors used where they are off"},
    {0x1c, "pointer authentication failure"},
    {0x1d, "scalable matrices used where they are off"},
    {pc_alignment, "misaligned program counter"},
    {0x26, "misaligned stack pointer"},
    {0x2c, "floating-point exception"},
    {0x2f, "system error"},
    {0x31, "breakpoint"},
    {0x33, "single step"},
    {watchpoint, "watchpoint"},
    {0x3c, "breakpoint instruction"},
};

/// Of an abort: what was tried.
enum class AccessKind : std::uint8_t { execute, read, write };

/// Of an abort: what came in the way. In the order of the names below.
enum class Obstacle : std::uint8_t { translation, permission, alignment, external, other };

constexpr std::string_view abort_names[3][5] = {
    {"execution of an unmapped address", "execution of memory that is not executable", "misaligned execution",
     "bus error in an instruction fetch", "instruction abort"},
    {"read of an unmapped address", "read of memory that is not readable", "misaligned read of device memory",
     "bus error in a read", "data abort in a read"},
    {"write to an unmapped address", "write to read-only memory", "misaligned write to device memory",
     "bus error in a write", "data abort in a write"},
};

constexpr bool is_abort(std::uint64_t exception_class) noexcept
{
    return exception_class == instruction_abort || exception_class == instruction_abort_from_el0 ||
           exception_class == data_abort || exception_class == data_abort_from_el0;
}

constexpr AccessKind access_of(std::uint64_t syndrome) noexcept
{
    constexpr std::uint64_t write_not_read = 1U << 6;
    const std::uint64_t exception_class = class_of(syndrome);
    if (exception_class == instruction_abort || exception_class == instruction_abort_from_el0) {
        return AccessKind::execute;
    }
    return (syndrome & write_not_read) != 0 ? AccessKind::write : AccessKind::read;
}

constexpr Obstacle obstacle_of(std::uint64_t syndrome) noexcept
{
    constexpr std::uint64_t status_mask = 0x3f;
    constexpr std::uint64_t level_mask = 3;  // the level of the walk, in faults of these kinds
    constexpr std::uint64_t translation_fault = 0x04;
    constexpr std::uint64_t permission_fault = 0x0c;
    constexpr std::uint64_t external_abort = 0x10;
    constexpr std::uint64_t external_abort_on_walk = 0x14;
    constexpr std::uint64_t alignment_fault = 0x21;
    const std::uint64_t status = syndrome & status_mask;
    if (status == external_abort) {
        return Obstacle::external;
    }
    if (status == alignment_fault) {
        return Obstacle::alignment;
    }
    switch (status & ~level_mask) {
    case translation_fault: return Obstacle::translation;
    case permission_fault: return Obstacle::permission;
    case external_abort_on_walk: return Obstacle::external;
    default: return Obstacle::other;
    }
}

constexpr std::string_view cause_of(std::uint64_t syndrome) noexcept
{
    const std::uint64_t exception_class = class_of(syndrome);
    if (is_abort(exception_class)) {
        return abort_names[static_cast<std::size_t>(access_of(syndrome))][static_cast<std::size_t>(obstacle_of(syndrome))];
    }
    for (const ClassName& entry : class_names) {
        if (entry.exception_class == exception_class) {
            return entry.name;
        }
    }
    return "unknown exception";
}

/// Whether FAR_EL1 belongs to the exception.
constexpr bool has_address(std::uint64_t syndrome) noexcept
{
    constexpr std::uint64_t address_not_valid = 1U << 10;  // of an external abort
    const std::uint64_t exception_class = class_of(syndrome);
    return exception_class == pc_alignment || exception_class == watchpoint ||
           exception_class == watchpoint_from_el0 ||
           (is_abort(exception_class) && (syndrome & address_not_valid) == 0);
}

// ---- vectors --------------------------------------------------------------------------------------------------------

constexpr std::uint64_t kinds_per_place = 4;
constexpr std::string_view kind_names[kinds_per_place] = {"", "unexpected interrupt", "unexpected fast interrupt",
                                                          "system error"};
constexpr std::uint64_t kind_synchronous = 0;
constexpr std::uint64_t kind_system_error = 3;

/// How many faults this one is. The second is one in the report of the first, and goes to the core as well, which may
/// have more to say; with the third the port ends the machine by itself; at the fourth not even that has worked.
constexpr int fault_in_report_of_fault = 3;
constexpr int fault_in_exit = 4;
constexpr int exit_code = 255;
constinit int faults = 0;

[[noreturn]] void stop() noexcept
{
    for (;;) {
        asm volatile("wfi");
    }
}

}  // namespace

void describe_registers(RegisterDump& dump, const TrapFrame& frame) noexcept
{
    static constexpr std::string_view names[] = {
        "x0",  "x1",  "x2",  "x3",  "x4",  "x5",  "x6",  "x7",  "x8",  "x9",  "x10", "x11", "x12", "x13", "x14", "x15",
        "x16", "x17", "x18", "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27", "x28", "x29", "x30",
    };
    static_assert(std::size(names) == std::extent_v<decltype(frame.x)>);
    for (std::size_t i = 0; i < std::size(names); ++i) {
        dump.add(names[i], frame.x[i]);
    }
    dump.add("sp", frame.stack_pointer);
    constexpr std::size_t x29 = 29;
    dump.frame_pointer = config::frame_pointers ? frame.x[x29] : 0;
}

void unexpected_interrupt(std::uint32_t number) noexcept
{
    TrapFrame frame;
    pegplan_aarch64_capture(&frame);
    kernel::Fault fault{.cause = kind_names[1], .code = number, .address = 0, .has_address = false, .registers = {}};
    describe_registers(fault.registers, frame);
    asm volatile("mrs %0, elr_el1" : "=r"(fault.registers.program_counter));
    kernel::fault(fault);
}

}  // namespace pegplan::arch::aarch64

// Entered from the vector of number `vector`, masked, on the emergency stack.
extern "C" [[noreturn]] void pegplan_aarch64_fault(const pegplan::arch::aarch64::TrapFrame& frame,
                                                   std::uint64_t vector) noexcept
{
    using namespace pegplan;
    using namespace pegplan::arch::aarch64;

    ++faults;
    if (faults >= fault_in_exit) {
        stop();
    }
    if (faults == fault_in_report_of_fault) {
        Port::console_write(std::string_view{"\nfault in the report of a fault\n"});
        Port::exit(exit_code);
    }
    const std::uint64_t kind = vector % kinds_per_place;
    const bool has_syndrome = kind == kind_synchronous || kind == kind_system_error;
    kernel::Fault fault{
        .cause = kind == kind_synchronous ? cause_of(frame.syndrome) : kind_names[kind],
        .code = has_syndrome ? frame.syndrome : 0,
        .address = 0,
        .has_address = kind == kind_synchronous && has_address(frame.syndrome),
        .registers = {},
    };
    if (fault.has_address) {
        fault.address = frame.address;
    }
    describe_registers(fault.registers, frame);
    fault.registers.add("pc", frame.program_counter);
    fault.registers.add("pstate", frame.status);
    fault.registers.add("esr", frame.syndrome);
    fault.registers.add("far", frame.address);
    fault.registers.program_counter = frame.program_counter;
    kernel::fault(fault);
}
