// Assembly for the CPU that a test is compiled for: all of its floating-point registers, its rounding mode, and an
// instruction that it does not have. Code that is shared by the architectures uses nothing else of them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace cpu {

enum class Rounding { nearest, down, up, towards_zero };

#if defined(__riscv)

inline constexpr std::size_t fp_register_words = 32;

/// Loads all floating-point registers from `in`, counts down from `turns`, and stores them to `out`.
inline void hold_fp_registers(const std::uint64_t* in, std::uint64_t* out, std::uint64_t turns) noexcept
{
    asm volatile(".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
                 "fld f\\n, (8 * \\n)(%1)\n"
                 ".endr\n"
                 "1: addi %0, %0, -1\n"
                 "bnez %0, 1b\n"
                 ".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
                 "fsd f\\n, (8 * \\n)(%2)\n"
                 ".endr\n"
                 : "+r"(turns)
                 : "r"(in), "r"(out)
                 : "memory", "ft0", "ft1", "ft2", "ft3", "ft4", "ft5", "ft6", "ft7", "fs0", "fs1", "fa0", "fa1", "fa2",
                   "fa3", "fa4", "fa5", "fa6", "fa7", "fs2", "fs3", "fs4", "fs5", "fs6", "fs7", "fs8", "fs9", "fs10",
                   "fs11", "ft8", "ft9", "ft10", "ft11");
}

inline void set_rounding(Rounding rounding) noexcept
{
    constexpr std::uintptr_t modes[] = {0, 2, 3, 1};
    asm volatile("fsrm %0" : : "r"(modes[static_cast<int>(rounding)]) : "memory");
}
[[gnu::always_inline]] inline void illegal_instruction(std::uint64_t value) noexcept
{
    asm volatile(".word 0" : : "r"(value));
}

#elif defined(__x86_64__)

inline constexpr std::size_t fp_register_words = 16 * 2;

/// Loads all vector registers from `in`, counts down from `turns`, and stores them to `out`.
inline void hold_fp_registers(const std::uint64_t* in, std::uint64_t* out, std::uint64_t turns) noexcept
{
    asm volatile(".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
                 "movups 16 * \\n(%1), %%xmm\\n\n"
                 ".endr\n"
                 "1: dec %0\n"
                 "jnz 1b\n"
                 ".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
                 "movups %%xmm\\n, 16 * \\n(%2)\n"
                 ".endr\n"
                 : "+r"(turns)
                 : "r"(in), "r"(out)
                 : "memory", "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",
                   "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
}

inline void set_rounding(Rounding rounding) noexcept
{
    constexpr std::uint32_t all_masked = 0x1f80;
    const std::uint32_t mxcsr = all_masked | static_cast<std::uint32_t>(rounding) << 13;
    asm volatile("ldmxcsr %0" : : "m"(mxcsr) : "memory");
}

[[gnu::always_inline]] inline void illegal_instruction(std::uint64_t value) noexcept
{
    asm volatile("ud2" : : "r"(value));
}

#elif defined(__aarch64__)

inline constexpr std::size_t fp_register_words = 32 * 2;

/// Loads all vector registers from `in`, counts down from `turns`, and stores them to `out`.
inline void hold_fp_registers(const std::uint64_t* in, std::uint64_t* out, std::uint64_t turns) noexcept
{
    asm volatile(".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
                 "ldr q\\n, [%1, #(16 * \\n)]\n"
                 ".endr\n"
                 "1: subs %0, %0, #1\n"
                 "b.ne 1b\n"
                 ".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
                 "str q\\n, [%2, #(16 * \\n)]\n"
                 ".endr\n"
                 : "+r"(turns)
                 : "r"(in), "r"(out)
                 : "memory", "cc", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13",
                   "v14", "v15", "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27",
                   "v28", "v29", "v30", "v31");
}

inline void set_rounding(Rounding rounding) noexcept
{
    constexpr std::uint64_t modes[] = {0, 2, 1, 3};
    asm volatile("msr fpcr, %0" : : "r"(modes[static_cast<int>(rounding)] << 22) : "memory");
}

[[gnu::always_inline]] inline void illegal_instruction(std::uint64_t value) noexcept
{
    asm volatile(".inst 0" : : "r"(value));
}

#endif

}  // namespace cpu
