// The instructions of the CPU that C++ has no words for, and the bits of its control registers that the port uses.
#pragma once

#include <cstdint>

namespace pegplan::arch::x86_64 {

// Bits of RFLAGS.
inline constexpr std::uintptr_t rflags_interrupts_enabled = std::uintptr_t{1} << 9;

// Bits of CR0.
inline constexpr std::uintptr_t cr0_protection = std::uintptr_t{1} << 0;
inline constexpr std::uintptr_t cr0_monitor_fpu = std::uintptr_t{1} << 1;  ///< `wait` obeys task_switched too
inline constexpr std::uintptr_t cr0_no_fpu = std::uintptr_t{1} << 2;
inline constexpr std::uintptr_t cr0_task_switched = std::uintptr_t{1} << 3;  ///< floating point traps (#NM)
inline constexpr std::uintptr_t cr0_extension_type = std::uintptr_t{1} << 4;
inline constexpr std::uintptr_t cr0_numeric_error = std::uintptr_t{1} << 5;
inline constexpr std::uintptr_t cr0_write_protect = std::uintptr_t{1} << 16;
inline constexpr std::uintptr_t cr0_paging = std::uintptr_t{1} << 31;

// Bits of CR4.
inline constexpr std::uintptr_t cr4_physical_address_extension = std::uintptr_t{1} << 5;
inline constexpr std::uintptr_t cr4_machine_check = std::uintptr_t{1} << 6;
inline constexpr std::uintptr_t cr4_fxsave = std::uintptr_t{1} << 9;
inline constexpr std::uintptr_t cr4_sse_exceptions = std::uintptr_t{1} << 10;
inline constexpr std::uintptr_t cr4_umip = std::uintptr_t{1} << 11;
inline constexpr std::uintptr_t cr4_fs_base_instructions = std::uintptr_t{1} << 16;
inline constexpr std::uintptr_t cr4_smep = std::uintptr_t{1} << 20;
inline constexpr std::uintptr_t cr4_smap = std::uintptr_t{1} << 21;

// Model-specific registers.
inline constexpr std::uint32_t msr_apic_base = 0x1b;
inline constexpr std::uint64_t apic_base_enable = std::uint64_t{1} << 11;
inline constexpr std::uint64_t apic_base_bootstrap_cpu = std::uint64_t{1} << 8;
inline constexpr std::uint32_t msr_gs_base = 0xc000'0101;
inline constexpr std::uint32_t msr_efer = 0xc000'0080;
inline constexpr std::uint64_t efer_no_execute = std::uint64_t{1} << 11;

/// What one leaf of CPUID says.
struct CpuId {
    std::uint32_t eax;
    std::uint32_t ebx;
    std::uint32_t ecx;
    std::uint32_t edx;
};

inline CpuId cpuid(std::uint32_t leaf, std::uint32_t subleaf = 0) noexcept
{
    CpuId id;
    asm volatile("cpuid" : "=a"(id.eax), "=b"(id.ebx), "=c"(id.ecx), "=d"(id.edx) : "a"(leaf), "c"(subleaf));
    return id;
}

// Leaves of CPUID and their feature bits.
inline constexpr std::uint32_t leaf_basic = 0;
inline constexpr std::uint32_t leaf_features = 1;
inline constexpr std::uint32_t features_ecx_rdrand = std::uint32_t{1} << 30;
inline constexpr std::uint32_t features_edx_machine_check = std::uint32_t{1} << 7;
inline constexpr std::uint32_t leaf_extended_features = 7;
inline constexpr std::uint32_t extended_ebx_fs_base_instructions = std::uint32_t{1} << 0;
inline constexpr std::uint32_t extended_ebx_smep = std::uint32_t{1} << 7;
inline constexpr std::uint32_t extended_ebx_rdseed = std::uint32_t{1} << 18;
inline constexpr std::uint32_t extended_ebx_smap = std::uint32_t{1} << 20;
inline constexpr std::uint32_t extended_ecx_umip = std::uint32_t{1} << 2;
inline constexpr std::uint32_t leaf_time_stamp_counter = 0x15;
inline constexpr std::uint32_t leaf_long_mode_features = 0x8000'0001;
inline constexpr std::uint32_t long_mode_edx_no_execute = std::uint32_t{1} << 20;

/// A leaf, or zeros on a CPU that is too old for it.
inline CpuId cpuid_if_present(std::uint32_t leaf) noexcept
{
    const std::uint32_t range = leaf & 0xffff'0000;
    return cpuid(range).eax >= leaf ? cpuid(leaf) : CpuId{};
}

inline std::uint64_t read_msr(std::uint32_t msr) noexcept
{
    std::uint32_t low;
    std::uint32_t high;
    asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
    return std::uint64_t{high} << 32 | low;
}

inline void write_msr(std::uint32_t msr, std::uint64_t value) noexcept
{
    asm volatile("wrmsr"
                 :
                 : "c"(msr), "a"(static_cast<std::uint32_t>(value)), "d"(static_cast<std::uint32_t>(value >> 32))
                 : "memory");
}

inline std::uint64_t read_time_stamp_counter() noexcept
{
    std::uint64_t low;  // the instruction clears the upper halves of both registers
    std::uint64_t high;
    asm volatile("rdtsc" : "=a"(low), "=d"(high));
    return high << 32 | low;
}

/// The same, but not before what stands in front of it in the program: so that what another CPU has said is older.
inline std::uint64_t read_time_stamp_counter_in_order() noexcept
{
    asm volatile("lfence" : : : "memory");
    return read_time_stamp_counter();
}

inline std::uintptr_t read_cr0() noexcept
{
    std::uintptr_t value;
    asm volatile("mov %%cr0, %0" : "=r"(value));
    return value;
}

inline void write_cr0(std::uintptr_t value) noexcept
{
    asm volatile("mov %0, %%cr0" : : "r"(value) : "memory");
}

inline std::uintptr_t read_cr2() noexcept
{
    std::uintptr_t value;
    asm volatile("mov %%cr2, %0" : "=r"(value));
    return value;
}

inline std::uintptr_t read_cr3() noexcept
{
    std::uintptr_t value;
    asm volatile("mov %%cr3, %0" : "=r"(value));
    return value;
}

inline void write_cr3(std::uintptr_t value) noexcept
{
    asm volatile("mov %0, %%cr3" : : "r"(value) : "memory");
}

inline std::uintptr_t read_cr4() noexcept
{
    std::uintptr_t value;
    asm volatile("mov %%cr4, %0" : "=r"(value));
    return value;
}

inline void write_cr4(std::uintptr_t value) noexcept
{
    asm volatile("mov %0, %%cr4" : : "r"(value) : "memory");
}

/// Halts this CPU for good. Only an NMI or the like wakes it, and it halts again.
[[noreturn]] inline void halt_forever() noexcept
{
    for (;;) {
        asm volatile("cli; hlt" : : : "memory");
    }
}

}  // namespace pegplan::arch::x86_64
