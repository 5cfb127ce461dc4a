// Who sleeps, and may be woken for work: a set that sleepers enter and leave, and others take them out of. What goes before and after so that
// nobody sleeps while there is work for him: core/tasks/parking.hpp, for workers, and core/smp/stealing.cpp, for CPUs.
//
// Invariant: one that has entered is in the set until it leaves or somebody claims it; exactly one of these is told that it was the one
// (each step is one atomic operation on its bit).
//
// Memory orders: entering releases and claiming acquires, so that what the sleeper did before is done when it is woken. Otherwise a bit says
// that somebody sleeps, and nothing else.
//
// Progress: add and remove are wait-free; claim is repeated only when somebody else has claimed the same one.
//
// Model test: tests/model/parking_test.cpp.
#pragma once

#include <pegplan/lockfree/atomics.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <tuple>

namespace pegplan::kernel {

inline constexpr std::size_t sleepers_per_word = 64;

template <std::size_t count>
using WorkerMask = std::array<std::uint64_t, (count + sleepers_per_word - 1) / sleepers_per_word>;

/// Those of `count` that sleep or are about to.
template <std::size_t count, class Atomics = StdAtomics>
class SleeperSet {
public:
    void add(std::size_t worker) noexcept
    {
        words_[worker / sleepers_per_word].fetch_or(bit(worker), std::memory_order_release);
    }

    /// False: it has been claimed.
    bool remove(std::size_t worker) noexcept
    {
        const std::uint64_t before = words_[worker / sleepers_per_word].fetch_and(~bit(worker), std::memory_order_relaxed);
        return (before & bit(worker)) != 0;
    }

    /// Takes one of those in `among` out.
    std::optional<std::size_t> claim(const WorkerMask<count>& among) noexcept
    {
        for (std::size_t index = 0; index < words_.size(); ++index) {
            std::uint64_t candidates = words_[index].load(std::memory_order_relaxed) & among[index];
            while (candidates != 0) {
                const std::uint64_t lowest = candidates & (~candidates + 1);
                const std::uint64_t before = words_[index].fetch_and(~lowest, std::memory_order_acquire);
                if ((before & lowest) != 0) {
                    return index * sleepers_per_word + static_cast<std::size_t>(std::countr_zero(lowest));
                }
                candidates = before & among[index];
            }
        }
        return std::nullopt;
    }

private:
    static constexpr std::uint64_t bit(std::size_t worker) noexcept
    {
        return std::uint64_t{1} << worker % sleepers_per_word;
    }

    std::array<typename Atomics::template atomic<std::uint64_t>, std::tuple_size_v<WorkerMask<count>>> words_{};
};

}  // namespace pegplan::kernel
