// Layout and contents of GDT, TSS and IDT.
#include "arch/x86_64/descriptors.hpp"

#include "arch/x86_64/vectors.hpp"

#include <pegplan/config/arch.hpp>
#include <pegplan/config/smp.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

extern "C" {
// trap.S: one entry of `exception_stub_size` bytes for each vector, and the entries with a purpose.
extern const std::byte pegplan_exception_stubs[];
extern const std::byte pegplan_timer_entry[];
extern const std::byte pegplan_spurious_entry[];
extern const std::byte pegplan_ipi_entry[];
extern const std::byte pegplan_flush_entry[];
extern const std::byte pegplan_device_not_available_entry[];
}

namespace pegplan::arch::x86_64 {
namespace {

// ---- segments -------------------------------------------------------------------------------------------------------

constexpr std::uint64_t segment_accessed = std::uint64_t{1} << 40;
constexpr std::uint64_t segment_writable = std::uint64_t{1} << 41;  // of data; of code: readable
constexpr std::uint64_t segment_code = std::uint64_t{1} << 43;
constexpr std::uint64_t segment_not_system = std::uint64_t{1} << 44;
constexpr std::uint64_t segment_present = std::uint64_t{1} << 47;
constexpr std::uint64_t segment_64_bit = std::uint64_t{1} << 53;
constexpr std::uint64_t system_type_task = std::uint64_t{0x9} << 40;

constexpr std::uint64_t data_descriptor = segment_present | segment_not_system | segment_writable | segment_accessed;
constexpr std::uint64_t code_descriptor =
    segment_present | segment_not_system | segment_code | segment_64_bit | segment_writable | segment_accessed;

/// Indices in the GDT. boot.S names the first two.
enum Segment : std::uint16_t {
    segment_null,
    segment_kernel_code,
    segment_kernel_data,
    segment_task,
    segment_task_high,  // a task segment's descriptor takes two entries
    segments_of_one_cpu,
};

/// Each CPU has a task segment; the others are the same for all.
constexpr std::size_t segments_per_cpu = segments_of_one_cpu - segment_task;
constexpr std::size_t segment_count = segment_task + segments_per_cpu * config::cpus;

constexpr Segment task_segment_of(unsigned cpu) noexcept
{
    return static_cast<Segment>(segment_task + segments_per_cpu * cpu);
}

constexpr std::uint16_t selector(Segment segment) noexcept
{
    return static_cast<std::uint16_t>(segment * sizeof(std::uint64_t));
}

static_assert(selector(segment_kernel_code) == 0x08 && selector(segment_kernel_data) == 0x10, "boot.S says so");

// ---- the task segment -----------------------------------------------------------------------------------------------

/// Which stack a vector's handler runs on.
enum StackIndex : std::uint8_t {
    stack_interrupted,
    stack_exception,
};

/// Room for the report of a fault: registers, a formatted line, a stack trace.
constexpr std::size_t exception_stack_size = 4096;

struct [[gnu::packed]] TaskSegment {
    std::uint32_t reserved_0;
    std::uint64_t privilege_stacks[3];
    std::uint64_t reserved_1;
    std::uint64_t exception_stacks[7];  ///< the first one has index 1
    std::uint64_t reserved_2;
    std::uint16_t reserved_3;
    std::uint16_t io_map;
};
static_assert(sizeof(TaskSegment) == 104);

// ---- the table of vectors -------------------------------------------------------------------------------------------

constexpr std::size_t exception_stub_size = 16;
static_assert(vector_count == 64 && exception_stub_size == 16, "trap.S says so");
constexpr std::uint8_t gate_interrupt = 0x8e;  // present, masks interrupts on entry

struct Gate {
    std::uint16_t offset_low;
    std::uint16_t selector;
    std::uint8_t stack;
    std::uint8_t type;
    std::uint16_t offset_middle;
    std::uint32_t offset_high;
    std::uint32_t reserved;
};
static_assert(sizeof(Gate) == 16);

Gate gate(const std::byte* handler, StackIndex stack = stack_interrupted) noexcept
{
    const auto address = reinterpret_cast<std::uintptr_t>(handler);
    return {static_cast<std::uint16_t>(address),
            selector(segment_kernel_code),
            stack,
            gate_interrupt,
            static_cast<std::uint16_t>(address >> 16),
            static_cast<std::uint32_t>(address >> 32),
            0};
}

// ---- the CPUs' ------------------------------------------------------------------------------------------------------

/// What belongs to one CPU.
struct CpuTables {
    alignas(16) std::byte exception_stack[exception_stack_size];
    TaskSegment task;
};

[[gnu::section(".noinit")]] std::array<CpuTables, config::cpus> cpu_tables;

std::array<Gate, vector_count> gates;

struct [[gnu::packed]] TablePointer {
    std::uint16_t limit;
    const void* base;
};

}  // namespace
}  // namespace pegplan::arch::x86_64

// boot.S enters 64-bit mode with the first three; the task segment's address joins them here.
extern "C" {
constinit std::uint64_t pegplan_gdt[pegplan::arch::x86_64::segment_count] = {0, pegplan::arch::x86_64::code_descriptor,
                                                                             pegplan::arch::x86_64::data_descriptor};
}

namespace pegplan::arch::x86_64 {
namespace {

void load_segments(unsigned cpu) noexcept
{
    CpuTables& tables = cpu_tables[cpu];
    TaskSegment& task = tables.task;
    task = {};
    task.exception_stacks[stack_exception - 1] =
        reinterpret_cast<std::uintptr_t>(tables.exception_stack + exception_stack_size);
    task.io_map = sizeof(TaskSegment);

    const auto base = reinterpret_cast<std::uintptr_t>(&task);
    const Segment segment = task_segment_of(cpu);
    pegplan_gdt[segment] = (sizeof(TaskSegment) - 1) | (base & 0xff'ffff) << 16 | system_type_task |
                           segment_present | (base >> 24 & 0xff) << 56;
    pegplan_gdt[segment + 1] = base >> 32;

    const TablePointer pointer{sizeof(pegplan_gdt) - 1, pegplan_gdt};
    asm volatile("lgdt %0; ltr %w1" : : "m"(pointer), "r"(selector(segment)) : "memory");
}

void load_vectors() noexcept
{
    const TablePointer pointer{sizeof(gates) - 1, gates.data()};
    asm volatile("lidt %0" : : "m"(pointer) : "memory");
}

void make_gates() noexcept
{
    for (std::size_t vector = 0; vector < vector_count; ++vector) {
        gates[vector] = gate(pegplan_exception_stubs + vector * exception_stub_size);
    }
    for (const Vector vector : {vector_double_fault, vector_nmi, vector_machine_check}) {
        gates[vector].stack = stack_exception;
    }
    gates[vector_timer] = gate(pegplan_timer_entry);
    gates[vector_spurious] = gate(pegplan_spurious_entry);
    if constexpr (config::fp_lazy) {
        gates[vector_device_not_available] = gate(pegplan_device_not_available_entry);
    }
    if constexpr (config::smp) {
        gates[vector_ipi] = gate(pegplan_ipi_entry);
        gates[vector_flush] = gate(pegplan_flush_entry);
    }
}

}  // namespace

void load_descriptor_tables() noexcept
{
    load_segments(0);
    make_gates();
    load_vectors();
}

void load_descriptor_tables_of(unsigned cpu) noexcept
{
    if constexpr (config::smp) {
        load_segments(cpu);
        load_vectors();
    }
}

}  // namespace pegplan::arch::x86_64
