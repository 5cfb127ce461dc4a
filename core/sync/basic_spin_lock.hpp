// The spin lock behind <pegplan/spin_lock.hpp>, over the machine: what masks interrupts, and how many CPUs there are.
//
// Interrupts are masked while a CPU holds spin locks: from the first one that it takes until the last one that it
// leaves, in whatever order (std::scoped_lock leaves in the order in which it took). So the interrupt state to go back
// to belongs to the CPU, not to a lock; `SpinSection` keeps it, and the number of locks held.
//
// Between CPUs the lock is a TicketLock: first come, first served. On one CPU nobody can ask for it while it is held,
// and what is left is the mask and the checks.
//
// Invariants
//   I1  `holder_` is 1 + the number of the CPU that holds the lock, or 0. Only that CPU writes its number, and takes it
//       away again, with interrupts masked in between: so a CPU that reads its own number holds the lock, and one that
//       holds it reads it, whatever others do. Hence relaxed.
//   I2  held > 0: this CPU's interrupts are masked. They were in the state `outermost` before.
//
// Progress and memory orders: as core/sync/ticket_lock.hpp. Model test: tests/model/spin_lock_test.cpp.
#pragma once

#include "core/sync/ticket_lock.hpp"

#include <pegplan/panic.hpp>

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

/// Who holds a lock that several CPUs look at.
template <class Atomics>
class SharedHolder {
public:
    [[nodiscard]] std::uint32_t get() const noexcept { return word_.load(std::memory_order_relaxed); }
    void set(std::uint32_t holder) noexcept { word_.store(holder, std::memory_order_relaxed); }

private:
    typename Atomics::template atomic<std::uint32_t> word_{0};
};

/// The same on one CPU, with interrupts masked. (unlock looks before it knows that they are: it reads 0 or its own
/// number.)
class OwnHolder {
public:
    [[nodiscard]] std::uint32_t get() const noexcept { return word_; }
    void set(std::uint32_t holder) noexcept { word_ = holder; }

private:
    std::uint32_t word_ = 0;
};

/// See pegplan::SpinLock. Checks are spelled out: `invariant` would prepare the message where nothing is wrong.
template <SpinMachine Machine, class Atomics = StdAtomics>
class BasicSpinLock {
public:
    constexpr BasicSpinLock() noexcept = default;
    BasicSpinLock(const BasicSpinLock&) = delete;
    BasicSpinLock& operator=(const BasicSpinLock&) = delete;

    void lock() noexcept
    {
        const Entry entry = mask();
        if (is_mine()) [[unlikely]] {
            panic("a CPU locks a spin lock that it holds");
        }
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
        if (!is_mine()) [[unlikely]] {
            panic("a CPU unlocks a spin lock that it does not hold");
        }
        if (Machine::irq_enabled()) [[unlikely]] {
            panic("interrupts were unmasked while a spin lock was held");
        }
        holder_.set(0);
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
        if (were_enabled && section.held != 0) [[unlikely]] {
            panic("a thread has blocked, or unmasked interrupts, while it held a spin lock");
        }
        return {state, section};
    }

    void take(const Entry& entry) noexcept
    {
        holder_.set(Machine::cpu() + 1);
        if (entry.section.held++ == 0) {
            entry.section.outermost = entry.state;
        }
    }

    [[nodiscard]] bool is_mine() const noexcept { return holder_.get() == Machine::cpu() + 1; }

    [[no_unique_address]] Tickets tickets_;
    std::conditional_t<Machine::has_many_cpus, SharedHolder<Atomics>, OwnHolder> holder_;
};

}  // namespace pegplan::kernel
