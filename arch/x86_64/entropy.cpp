// Random bits from the CPU's generators, or from its clock.
#include "arch/x86_64/entropy.hpp"

#include "arch/x86_64/cpu.hpp"

namespace pegplan::arch::x86_64 {
namespace {

/// A generator may be empty for the moment; one that stays so is broken.
constexpr int attempts = 32;

bool has_seed_generator() noexcept
{
    return (cpuid_if_present(leaf_extended_features).ebx & extended_ebx_rdseed) != 0;
}

bool has_random_generator() noexcept
{
    return (cpuid(leaf_features).ecx & features_ecx_rdrand) != 0;
}

bool draw_seed(std::uint64_t& value) noexcept
{
    bool valid;
    asm volatile("rdseed %0" : "=r"(value), "=@ccc"(valid));
    return valid;
}

bool draw_random(std::uint64_t& value) noexcept
{
    bool valid;
    asm volatile("rdrand %0" : "=r"(value), "=@ccc"(valid));
    return valid;
}

/// How long the CPU takes for the same work again and again, folded into one word.
std::uint64_t jitter() noexcept
{
    constexpr int rounds = 256;
    constexpr std::uint64_t odd_multiplier = 0x9e37'79b9'7f4a'7c15;  // 2^64 by the golden ratio: spreads each bit
    constexpr int fold = 29;

    std::uint64_t pool = 0;
    for (int i = 0; i < rounds; ++i) {
        (void)cpuid(leaf_basic);  // slow and uneven, on a hypervisor above all
        pool = (pool ^ read_time_stamp_counter()) * odd_multiplier;
        pool ^= pool >> fold;
    }
    return pool;
}

}  // namespace

bool has_hardware_entropy() noexcept
{
    return has_seed_generator() || has_random_generator();
}

std::uint64_t entropy() noexcept
{
    std::uint64_t value = 0;
    if (has_seed_generator()) {
        for (int i = 0; i < attempts; ++i) {
            if (draw_seed(value)) {
                return value;
            }
        }
    }
    if (has_random_generator()) {
        for (int i = 0; i < attempts; ++i) {
            if (draw_random(value)) {
                return value;
            }
        }
    }
    return jitter();
}

}  // namespace pegplan::arch::x86_64
