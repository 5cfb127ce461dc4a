// What a CPU needs because there are others, and nothing at all where there are none.
#pragma once

#include "arch/port.hpp"

#include <pegplan/config/smp.hpp>
#include <pegplan/cpu_set.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace pegplan::kernel {

struct Cpu;
struct ThreadControl;

/// Apart from those of other CPUs: what one CPU writes does not take the line from another.
inline constexpr std::size_t cache_line_size = 64;

/// A flag that other CPUs set under the kernel lock, and its own CPU reads without it.
class SharedFlag {
public:
    constexpr SharedFlag() noexcept = default;
    operator bool() const noexcept { return value_.load(std::memory_order_relaxed); }
    SharedFlag& operator=(bool value) noexcept
    {
        value_.store(value, std::memory_order_relaxed);
        return *this;
    }

private:
    std::atomic<bool> value_{false};
};

/// Members of a Cpu in images with several.
struct SharedCpu {
    std::uint32_t index;
    std::uint32_t lock_depth;             ///< how many critical sections it is in; the kernel lock is its own from the first on
    bool begin_slice;                     ///< another CPU has readied an equal of the running thread, which was alone
    ThreadControl* left;                  ///< what it has just switched away from, if that must be placed anew
    ThreadControl* coming;                ///< what was placed here to run as soon as the CPU chooses anew
    std::uint32_t threads;                ///< how many threads have their place here
    std::atomic<bool> online;             ///< it schedules
    std::atomic<bool> notified;           ///< an IPI is on its way that has not been answered
    std::atomic<const void*> expiring;    ///< the timer whose function it is running, outside of the kernel lock
};

/// The same on one CPU.
struct LoneCpu {
    static constexpr std::uint32_t index = 0;
};

using CpuFlag = std::conditional_t<config::smp, SharedFlag, bool>;
using CpuSharing = std::conditional_t<config::smp, SharedCpu, LoneCpu>;

/// Where a thread is and may be.
struct ThreadPlace {
    Cpu* cpu;         ///< in whose run queue it stands or stood; that it runs on, if it runs
    bool homeless;    ///< ready, in no run queue: on its way from a CPU that it may not use any more
    CpuSet affinity;
};

/// The same on one CPU.
struct LonePlace {};

using ThreadPlacement = std::conditional_t<config::smp, ThreadPlace, LonePlace>;

}  // namespace pegplan::kernel
