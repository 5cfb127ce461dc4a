// Mutual exclusion of a few instructions, between threads and interrupt handlers, and between CPUs.
//
//     SpinLock lock;
//     { const std::scoped_lock guard{lock}; ... }      // in the thread, and the same in the handler
//
// A Mutex cannot be taken by a handler, and a handler that runs in the middle of a thread's critical section cannot
// wait for it. So a spin lock masks interrupts while it is held. It keeps every thread and interrupt of this CPU
// waiting: hold it for as long as an interrupt may be late, and no longer.
#pragma once

#include "core/sync/basic_spin_lock.hpp"

#include <pegplan/board/arch.hpp>
#include <pegplan/config/smp.hpp>

#include <array>
#include <cstdint>

namespace pegplan {

namespace kernel {

extern constinit std::array<SpinSection<arch::IrqState>, config::cpus> spin_sections;

/// The number of the CPU that executes the call. Masked.
[[nodiscard]] std::uint32_t this_cpu_index() noexcept;

/// The machine as it is.
struct ThisSpinMachine {
    using IrqState = arch::IrqState;
    static constexpr bool has_many_cpus = config::smp;

    static bool irq_enabled() noexcept { return arch::Port::irq_enabled(); }
    static IrqState irq_save() noexcept { return arch::Port::irq_save(); }
    static void irq_restore(IrqState state) noexcept { arch::Port::irq_restore(state); }
    static SpinSection<IrqState>& section() noexcept { return spin_sections[cpu()]; }
    static std::uint32_t cpu() noexcept { return config::smp ? this_cpu_index() : 0; }
    static void spin_hint() noexcept { arch::Port::relax(); }
};

}  // namespace kernel

/// Satisfies Lockable, so std::scoped_lock and std::unique_lock take it. Fair: CPUs get it in the order in which they
/// asked. Not recursive. May be held by one CPU together with others; interrupts are unmasked when it leaves the last.
/// From threads and ISRs, also with interrupts masked. On one CPU it is the interrupt mask, a word and the checks.
///
/// Who holds one must not block, yield or sleep. Misuse panics: locking a lock that this CPU holds, unlocking one that
/// it does not hold, and unmasking interrupts or blocking with one held, which is noticed when the lock is left or when
/// another one is taken.
class SpinLock {
public:
    constexpr SpinLock() noexcept = default;

    /// Masks interrupts and returns when this CPU holds the lock.
    void lock() noexcept { lock_.lock(); }
    /// Takes the lock if it is free, and masks interrupts then. False: somebody holds or awaits it; nothing has
    /// changed.
    [[nodiscard]] bool try_lock() noexcept { return lock_.try_lock(); }
    /// Leaves the lock. If this CPU holds no other, interrupts are again as they were before it took the first.
    void unlock() noexcept { lock_.unlock(); }

private:
    kernel::BasicSpinLock<kernel::ThisSpinMachine, BasicAtomics<kernel::ThisSpinMachine>> lock_;
};

}  // namespace pegplan
