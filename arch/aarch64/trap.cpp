// Faults: puts what the CPU tells into a kernel::Fault, and hands it to the core.
#include "arch/aarch64/trap.hpp"

#include "arch/aarch64/cpu_number.hpp"
#include "arch/aarch64/many_cpus.hpp"
#include "arch/aarch64/port.hpp"
#include "arch/aarch64/syndrome.hpp"
#include "core/kernel_entry.hpp"

#include <pegplan/config/arch.hpp>
#include <pegplan/config/smp.hpp>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <type_traits>

namespace pegplan::arch::aarch64 {

namespace {

constexpr std::uint64_t kinds_per_place = 4;
constexpr std::string_view kind_names[kinds_per_place] = {"", "unexpected interrupt", "unexpected fast interrupt",
                                                          "system error"};
constexpr std::uint64_t kind_synchronous = 0;
constexpr std::uint64_t kind_fast_interrupt = 2;
constexpr std::uint64_t kind_system_error = 3;

/// How many faults this one is on its CPU. The second is one in the report of the first, and goes to the core as well,
/// which may have more to say; with the third the port ends the machine by itself; at the fourth not even that has
/// worked.
constexpr int fault_in_report_of_fault = 3;
constexpr int fault_in_exit = 4;
constexpr int exit_code = 255;
constinit int faults_of_cpus[config::cpus]{};

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

    const std::uint64_t kind = vector % kinds_per_place;
    if constexpr (config::smp) {
        if (kind == kind_fast_interrupt && is_halting()) {
            halt_this_cpu();
        }
    }
    const int faults = ++faults_of_cpus[cpu_number()];
    if (faults >= fault_in_exit) {
        stop();
    }
    if (faults == fault_in_report_of_fault) {
        Port::console_write(std::string_view{"\nfault in the report of a fault\n"});
        Port::exit(exit_code);
    }
    const bool has_syndrome = kind == kind_synchronous || kind == kind_system_error;
    kernel::Fault fault{
        .cause = kind == kind_synchronous ? syndrome::cause(frame.syndrome) : kind_names[kind],
        .code = has_syndrome ? frame.syndrome : 0,
        .address = 0,
        .has_address = kind == kind_synchronous && syndrome::has_address(frame.syndrome),
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
