// The spin lock behind <pegplan/spin_lock.hpp>, over the machine: what masks interrupts, and how many CPUs there are.
//
// Interrupts are masked while a CPU holds spin locks: from the first one that it takes until the last one that it leaves, in
// whatever order (std::scoped_lock leaves in the order in which it took). So the interrupt state to go back to belongs to
// the CPU, not to a lock; `SpinSection` keeps it, and the number of locks held.
//
// Between CPUs the lock is a TicketLock: first come, first served. On one CPU nobody can ask for it while it is held, and what
// is left is the mask and the checks.
//
// Invariants
//   I1  `holder_` is 1 + the number of the CPU that holds the lock, or 0. Only that CPU writes its number, and takes it away
//       again, with interrupts masked in between: so a CPU that reads its own number holds the lock, and one that
//       holds it reads it, whatever others do. Hence relaxed.
//   I2  held > 0: this CPU's interrupts are masked. They were in the state `outermost` before.
//
// Progress and memory orders: as core/sync/ticket_lock.hpp. Model test: tests/model/spin_lock_test.cpp.
#pragma once

#include "core/base/check.hpp"
#include "core/sync/ticket_lock.hpp"

#include <concepts>
#include <cstdint>
#include <type_traits>

namespace pegplan::kernel {

/// What a CPU remembers of the spin locks that it holds. Its own; accessed with interrupts masked.
template <class IrqState>
struct SpinSection {
    std::uint32_t held;
    IrqState outermost;
};

/// What a BasicSpinLock needs of the machine. `section` and `cpu` are called masked.
template <class M>
concept SpinMachine = requires(typename M::IrqState state) {
    { M::irq_enabled() } noexcept -> std::same_as<bool>;
    { M::irq_save() } noexcept -> std::same_as<typename M::IrqState>;
    { M::irq_restore(state) } noexcept;
    { M::section() } noexcept -> std::same_as<SpinSection<typename M::IrqState>&>;
    { M::cpu() } noexcept -> std::same_as<std::uint32_t>;
    { M::has_many_cpus } -> std::convertible_to<bool>;
};

/// Stands in for the TicketLock where there is nobody to wait for.
struct NoTicketLock {
    static void lock() noexcept {}
    static bool try_lock() noexcept { return true; }
    static void unlock() noexcept {}
};

/// See pegplan::SpinLock.
template <SpinMachine Machine, class Atomics = StdAtomics>
class BasicSpinLock {
public:
    constexpr BasicSpinLock() noexcept = default;
    BasicSpinLock(const BasicSpinLock&) = delete;
    BasicSpinLock& operator=(const BasicSpinLock&) = delete;

    void lock() noexcept
    {
        const Entry entry = mask();
        invariant(!is_mine(), "a CPU locks a spin lock that it holds");
        tickets_.lock();
        take(entry);
    }

    [[nodiscard]] bool try_lock() noexcept
    {
        const Entry entry = mask();
        if (is_mine() || !tickets_.try_lock()) {
            Machine::irq_restore(entry.state);
            return false;
        }
        take(entry);
        return true;
    }

    void unlock() noexcept
    {
        invariant(is_mine(), "a CPU unlocks a spin lock that it does not hold");
        invariant(!Machine::irq_enabled(), "interrupts were unmasked while a spin lock was held");
        holder_.store(0, std::memory_order_relaxed);
        tickets_.unlock();
        Section& section = Machine::section();
        if (--section.held == 0) {
            Machine::irq_restore(section.outermost);
        }
    }

private:
    using IrqState = typename Machine::IrqState;
    using Section = SpinSection<IrqState>;
    using Tickets = std::conditional_t<Machine::has_many_cpus, TicketLock<Atomics>, NoTicketLock>;

    struct Entry {
        IrqState state;
        Section& section;
    };

    static Entry mask() noexcept
    {
        const bool were_enabled = Machine::irq_enabled();
        const IrqState state = Machine::irq_save();
        Section& section = Machine::section();
        invariant(!were_enabled || section.held == 0,
                  "a thread has blocked, or unmasked interrupts, while it held a spin lock");
        return {state, section};
    }

    void take(const Entry& entry) noexcept
    {
        holder_.store(Machine::cpu() + 1, std::memory_order_relaxed);
        if (entry.section.held++ == 0) {
            entry.section.outermost = entry.state;
        }
    }

    [[nodiscard]] bool is_mine() const noexcept
    {
        const std::uint32_t holder = holder_.load(std::memory_order_relaxed);
        return holder == Machine::cpu() + 1;
    }

    [[no_unique_address]] Tickets tickets_;
    typename Atomics::template atomic<std::uint32_t> holder_{0};
};

}  // namespace pegplan::kernel
