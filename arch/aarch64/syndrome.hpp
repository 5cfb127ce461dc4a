// What ESR_EL1 says about an exception, in words. Pure functions of the register's value.
#pragma once

#include "arch/aarch64/frames.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pegplan::arch::aarch64::syndrome {

constexpr std::uint64_t class_of(std::uint64_t value) noexcept
{
    constexpr std::uint64_t class_mask = 0x3f;
    return value >> ESR_CLASS_SHIFT & class_mask;
}

inline constexpr std::uint64_t instruction_abort_from_el0 = 0x20;
inline constexpr std::uint64_t instruction_abort = 0x21;
inline constexpr std::uint64_t pc_alignment = 0x22;
inline constexpr std::uint64_t data_abort_from_el0 = 0x24;
inline constexpr std::uint64_t data_abort = 0x25;
inline constexpr std::uint64_t watchpoint_from_el0 = 0x34;
inline constexpr std::uint64_t watchpoint = 0x35;

struct ClassName {
    std::uint64_t exception_class;
    std::string_view name;
};

inline constexpr ClassName class_names[] = {
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
enum class AccessKind : std::uint8_t {
    execute,
    read,
    write
};

/// Of an abort: what came in the way. In the order of the names below.
enum class Obstacle : std::uint8_t {
    translation,
    permission,
    alignment,
    external,
    other
};

inline constexpr std::string_view abort_names[3][5] = {
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

constexpr AccessKind access_of(std::uint64_t value) noexcept
{
    constexpr std::uint64_t write_not_read = 1U << 6;
    const std::uint64_t exception_class = class_of(value);
    if (exception_class == instruction_abort || exception_class == instruction_abort_from_el0) {
        return AccessKind::execute;
    }
    return (value & write_not_read) != 0 ? AccessKind::write : AccessKind::read;
}

constexpr Obstacle obstacle_of(std::uint64_t value) noexcept
{
    constexpr std::uint64_t status_mask = 0x3f;
    constexpr std::uint64_t level_mask = 3;  // the level of the walk, in faults of these kinds
    constexpr std::uint64_t translation_fault = 0x04;
    constexpr std::uint64_t permission_fault = 0x0c;
    constexpr std::uint64_t external_abort = 0x10;
    constexpr std::uint64_t external_abort_on_walk = 0x14;
    constexpr std::uint64_t alignment_fault = 0x21;
    const std::uint64_t status = value & status_mask;
    if (status == external_abort) {
        return Obstacle::external;
    }
    if (status == alignment_fault) {
        return Obstacle::alignment;
    }
    switch (status & ~level_mask) {
        case translation_fault:
            return Obstacle::translation;
        case permission_fault:
            return Obstacle::permission;
        case external_abort_on_walk:
            return Obstacle::external;
        default:
            return Obstacle::other;
    }
}

/// The cause, for people.
constexpr std::string_view cause(std::uint64_t value) noexcept
{
    const std::uint64_t exception_class = class_of(value);
    if (is_abort(exception_class)) {
        return abort_names[static_cast<std::size_t>(access_of(value))][static_cast<std::size_t>(obstacle_of(value))];
    }
    for (const ClassName& entry : class_names) {
        if (entry.exception_class == exception_class) {
            return entry.name;
        }
    }
    return "unknown exception";
}

/// Whether FAR_EL1 belongs to the exception.
constexpr bool has_address(std::uint64_t value) noexcept
{
    constexpr std::uint64_t address_not_valid = 1U << 10;  // of an external abort
    const std::uint64_t exception_class = class_of(value);
    return exception_class == pc_alignment || exception_class == watchpoint || exception_class == watchpoint_from_el0 ||
           (is_abort(exception_class) && (value & address_not_valid) == 0);
}

}  // namespace pegplan::arch::aarch64::syndrome
