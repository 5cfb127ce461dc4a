// The operations of the port that are not inline: console, entropy, end.
#include "arch/aarch64/port.hpp"

#include "arch/aarch64/cpu_number.hpp"
#include "arch/aarch64/many_cpus.hpp"
#include "arch/hardware_id.hpp"

#include <pegplan/config/observe.hpp>
#include <pegplan/config/smp.hpp>

namespace pegplan::arch::aarch64 {

namespace {

/// RNDR: a random number from the CPU, or false if it has none to give at the moment.
bool read_random_register(std::uint64_t& number) noexcept
{
    std::uint64_t failed;
    asm volatile("mrs %0, s3_3_c2_c4_0\n\tcset %1, eq" : "=r"(number), "=r"(failed) : : "cc");
    return failed == 0;
}

/// Stirs a word so that every bit of it depends on every bit of what went in: the finalizer of MurmurHash3.
constexpr std::uint64_t stir(std::uint64_t word) noexcept
{
    constexpr int shift = 33;
    word = (word ^ word >> shift) * 0xff51afd7ed558ccd;
    word = (word ^ word >> shift) * 0xc4ceb9fe1a85ec53;
    return word ^ word >> shift;
}

/// What little can be had without a source: the counter, read again and again around barriers that take the time that
/// they take.
std::uint64_t counter_jitter() noexcept
{
    constexpr int rounds = 64;
    std::uint64_t word = 0;
    for (int round = 0; round < rounds; ++round) {
        asm volatile("dsb sy\n\tisb" : : : "memory");
        word = stir(word + board::Timer::now());
    }
    return word;
}

}  // namespace

void Port::console_write(std::span<const char> text) noexcept
{
    if constexpr (config::console) {
        board::Console::write(text);
    }
}

bool Port::has_hardware_entropy() noexcept
{
    constexpr int random_shift = 60;  // ID_AA64ISAR0_EL1.RNDR
    std::uint64_t features;
    asm("mrs %0, id_aa64isar0_el1" : "=r"(features));
    return features >> random_shift != 0;
}

std::uint64_t Port::entropy() noexcept
{
    if (has_hardware_entropy()) {
        constexpr int attempts = 16;
        std::uint64_t number;
        for (int attempt = 0; attempt < attempts; ++attempt) {
            if (read_random_register(number)) {
                return number;
            }
        }
    }
    return counter_jitter();
}

unsigned Port::place_of_cpu(unsigned cpu) noexcept
{
    if constexpr (config::smp) {
        return place_among_many(cpu);
    } else {
        return place_of(own_affinity());
    }
}

void Port::exit(int code) noexcept
{
    static_cast<void>(irq_save());
    board::Exit::exit(code);
    if constexpr (config::smp) {
        halt_others();
    }
    for (;;) {
        asm volatile("wfi");
    }
}

}  // namespace pegplan::arch::aarch64
