// Sets of CPUs: where a thread may run.
//
//     ThreadBuilder{}.cpu_affinity(CpuSet{CpuId{1}, CpuId{3}}).spawn(work);
#pragma once

#include <pegplan/config/smp.hpp>
#include <pegplan/types.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

namespace pegplan {

/// How many CPUs the image uses: those that exist have numbers below.
inline constexpr std::uint32_t cpu_count = config::cpus;

/// A set of CPUs. Adding one that does not exist makes a set that every call refuses (Error::no_such_cpu).
class CpuSet {
public:
    constexpr CpuSet() noexcept = default;
    constexpr CpuSet(std::initializer_list<CpuId> cpus) noexcept
    {
        for (const CpuId cpu : cpus) {
            add(cpu);
        }
    }

    /// Of all CPUs of the image.
    [[nodiscard]] static constexpr CpuSet all() noexcept
    {
        CpuSet set;
        for (std::uint32_t index = 0; index < cpu_count; ++index) {
            set.add(CpuId{index});
        }
        return set;
    }

    constexpr CpuSet& add(CpuId cpu) noexcept
    {
        if (cpu.index() < cpu_count) {
            words_[cpu.index() / word_bits] |= bit(cpu);
        } else {
            has_unknown_ = true;
        }
        return *this;
    }

    constexpr CpuSet& remove(CpuId cpu) noexcept
    {
        if (cpu.index() < cpu_count) {
            words_[cpu.index() / word_bits] &= ~bit(cpu);
        }
        return *this;
    }

    [[nodiscard]] constexpr bool contains(CpuId cpu) const noexcept
    {
        return cpu.index() < cpu_count && (words_[cpu.index() / word_bits] & bit(cpu)) != 0;
    }

    [[nodiscard]] constexpr bool empty() const noexcept
    {
        return std::ranges::all_of(words_, [](std::uint64_t word) { return word == 0; });
    }

    [[nodiscard]] constexpr std::uint32_t count() const noexcept
    {
        std::uint32_t sum = 0;
        for (const std::uint64_t word : words_) {
            sum += static_cast<std::uint32_t>(std::popcount(word));
        }
        return sum;
    }

    /// Whether a CPU was added that the image does not have.
    [[nodiscard]] constexpr bool has_unknown() const noexcept { return has_unknown_; }

    /// A bit for each CPU, that of number 0 the lowest of the first word.
    [[nodiscard]] constexpr const std::array<std::uint64_t, (cpu_count + 63) / 64>& words() const noexcept { return words_; }

    constexpr bool operator==(const CpuSet&) const noexcept = default;

private:
    static constexpr std::size_t word_bits = 64;
    static constexpr std::size_t word_count = (cpu_count + word_bits - 1) / word_bits;

    static constexpr std::uint64_t bit(CpuId cpu) noexcept { return std::uint64_t{1} << cpu.index() % word_bits; }

    std::array<std::uint64_t, word_count> words_{};
    bool has_unknown_ = false;
};

}  // namespace pegplan
