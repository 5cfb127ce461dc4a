// What a CPU needs because there are others, and nothing at all where there are none.
#pragma once

#include "arch/port.hpp"
#include "core/smp/ipi_flag.hpp"
#include "core/sync/ticket_lock.hpp"
#include "core/sync/wait_claim.hpp"

#include <pegplan/config/smp.hpp>
#include <pegplan/cpu_set.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <variant>

namespace pegplan::kernel {

struct Cpu;
struct ThreadControl;

/// Apart from those of other CPUs: what one CPU writes does not take the line from another.
inline constexpr std::size_t cache_line_size = 64;

/// A flag that other CPUs set under the lock of its CPU's domain, and its own CPU reads without it.
class SharedFlag {
public:
    constexpr SharedFlag() noexcept = default;
    operator bool() const noexcept { return value_.load(std::memory_order_relaxed); }
    [[nodiscard]] std::uintptr_t raw() const noexcept { return *this ? 1 : 0; }
    SharedFlag& operator=(bool value) noexcept
    {
        value_.store(value, std::memory_order_relaxed);
        return *this;
    }

private:
    std::atomic<bool> value_{false};
};

/// On one CPU: whether another thread must run than does, and which one, if that is known without asking the run queue.
class Successor {
public:
    constexpr Successor() noexcept = default;
    operator bool() const noexcept { return thread_ != nobody; }
    /// The same as a number, 0 for nobody.
    [[nodiscard]] std::uintptr_t raw() const noexcept { return thread_; }

    /// Somebody, or nobody.
    Successor& operator=(bool value) noexcept
    {
        thread_ = value ? somebody : nobody;
        return *this;
    }

    /// Who it is, or null: then the run queue knows, if anybody.
    [[nodiscard]] ThreadControl* thread() const noexcept
    {
        return thread_ > somebody ? reinterpret_cast<ThreadControl*>(thread_) : nullptr;
    }
    void set(ThreadControl& thread) noexcept { thread_ = reinterpret_cast<std::uintptr_t>(&thread); }

private:
    static constexpr std::uintptr_t nobody = 0;
    static constexpr std::uintptr_t somebody = 1;  // no thread's address

    std::uintptr_t thread_ = nobody;
};

/// A pointer that is written under a lock and read without.
template <class T>
class SharedPointer {
public:
    constexpr SharedPointer() noexcept = default;
    [[nodiscard]] T* get() const noexcept { return value_.load(std::memory_order_relaxed); }
    operator T*() const noexcept { return get(); }
    SharedPointer& operator=(T* value) noexcept
    {
        value_.store(value, std::memory_order_relaxed);
        return *this;
    }

private:
    std::atomic<T*> value_{nullptr};
};

/// What one scheduler serves (core/smp/locks.hpp).
struct alignas(cache_line_size) SharedDomain {
    TicketLock<> lock;
};

/// Threads, in the order in which they came, linked by `ThreadControl::wait.next`.
struct ThreadChain {
    ThreadControl* first;
    ThreadControl* last;
};

/// Where idle CPUs take over threads (core/smp/stealing.cpp).
struct StealingCpu {
    std::atomic<bool> surplus;  ///< somebody may wait in its run queue
    bool announced;             ///< its own: it has said that it is idle, and not yet taken that back
};
struct CpuWithoutThieves {};

/// Members of a Cpu in images with several. "Its own" means: accessed by that CPU alone, masked; else under its domain's lock.
struct SharedCpu {
    std::uint32_t index;
    std::uint32_t held;                   ///< its own: how many locks of primitives it has
    bool begin_slice;                     ///< another CPU has readied an equal of the running thread, which was alone
    ThreadControl* left;                  ///< what it has just switched away from, if that must be placed anew
    ThreadControl* coming;                ///< what was placed here to run as soon as the CPU chooses anew
    ThreadControl* ended;                 ///< its own: what it has just switched away from, if that will never run again
    ThreadChain woken;                    ///< its own: threads whose waits it has ended, to be readied
    ThreadChain evicted;                  ///< its own: ready threads that it must move to another CPU
    std::atomic<std::uint32_t> threads;   ///< how many threads have their place here
    std::atomic<bool> has_finished;       ///< `finished` is not empty
    std::atomic<bool> online;             ///< it schedules, and threads are placed there. Written under its domain's lock
    std::atomic<bool> gone;               ///< it was stopped, and touches nothing any more (core/smp/cpu_control.cpp)
    IpiFlag<> ipi;                        ///< whether an interrupt is on its way that has not been accepted
    std::atomic<const void*> expiring;    ///< the timer whose function it is running, outside of all locks
    [[no_unique_address]] std::conditional_t<config::sched_stealing, StealingCpu, CpuWithoutThieves> stealing;
    [[no_unique_address]] std::conditional_t<config::sched_partitioned, SharedDomain, std::monostate> domain;
};

/// The same on one CPU.
struct LoneCpu {
    static constexpr std::uint32_t index = 0;
};

using CpuFlag = std::conditional_t<config::smp, SharedFlag, Successor>;
using CpuSharing = std::conditional_t<config::smp, SharedCpu, LoneCpu>;

/// Where a thread is and may be.
struct ThreadPlace {
    SharedPointer<Cpu> cpu;  ///< in whose run queue it stands or stood; that it runs on, if it runs
    bool homeless;    ///< in no run queue: on its way from a CPU that it may not use any more, to whoever moves it (`rehome`)
    CpuSet affinity;
};

/// The same on one CPU.
struct LonePlace {};

struct PrimitiveLock;

/// Of a place in a wait queue.
struct SharedPlace {
    PrimitiveLock* lock = nullptr;  ///< of the queue; set before the place stands in it
    std::uint8_t priority = 0;      ///< by which it stands there; under that lock
};
struct LonePlaceInQueue {};

using PlaceSharing = std::conditional_t<config::smp, SharedPlace, LonePlaceInQueue>;

struct Waiter;

/// Of a thread: its wait, and its end.
struct SharedWait {
    WaitClaim<> claim;
    bool pinned;          ///< somebody is at its places (`sort_places`): it is not readied meanwhile. Under its domain's lock
    bool outcome_fixed;   ///< it has ended, but for the switch, and has left a result. Under the lock of its joiners
    bool ended;           ///< it is on no CPU any more: may be released. Under the lock of its joiners
    Waiter* through;      ///< where it was woken; the claim's
    ThreadControl* next;  ///< of a chain of its waker's CPU
};
struct LoneWait {};

using WaitSharing = std::conditional_t<config::smp, SharedWait, LoneWait>;

using ThreadPlacement = std::conditional_t<config::smp, ThreadPlace, LonePlace>;

}  // namespace pegplan::kernel
