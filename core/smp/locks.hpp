// The locks between CPUs. On one CPU there is nothing of them: the interrupt mask is enough.
//
// All are ticket locks, taken with interrupts masked. In the order in which one CPU may take them:
//
//   1  the inheritance lock, one: mutexes while threads compete for them, and the priorities that threads have because of them. A
//      mutex that is free, or left while nobody waits, needs no lock at all.
//   2  the lock of a primitive: its wait queues, and its state wherever an atomic operation alone does not. It is one of a table, chosen by
//      the primitive's address: so nobody who leaves it touches memory of the primitive, which may be gone by then, destroyed by
//      whoever was woken or found its state changed. Several are taken in the order of the table (wait_any); a CPU that has
//      one may take it again, since two primitives may share it.
//   3  the lock of a domain: what one scheduler serves. With SCHED_PARTITIONED each CPU is a domain; with SCHED_GLOBAL there is one. It protects
//      run queues, `current`, `reschedule` and the timer queues of its CPUs, and, of the threads placed there, `holds`,
//      `placement`, `wake_reason`, `id`. Two are taken in the order of their CPUs' numbers.
//   4  locks of data, which nothing else is taken under: heaps, arenas, what handlers have printed.
//
// Invariants
//   I1  A thread's domain is found by looking and looking again (`lock_domain_of`): it changes only under the locks of both domains.
//   I2  A domain's lock is held over a switch: the thread that leaves a CPU took it, the one that goes on gives it back (a new one
//       in pegplan_thread_begins). So a thread that is found in a queue, or as `current`, is either running or complete.
//   I3  What must be done when all locks have been left stands in the CPU's record: threads to be readied (`woken`) or moved
//       (`evicted`), one that has ended (`ended`), another one to be chosen (`reschedule`). `settle` does it (core/smp/settle.hpp),
//       before interrupts are unmasked.
//
// Memory orders: TicketLock's (core/sync/ticket_lock.hpp) carry everything from one critical section to the next.
#pragma once

#include "core/sched/cpu.hpp"

namespace pegplan::kernel {

/// Spins until this CPU has it. In a function of its own, since it rarely inlines well.
void acquire(TicketLock<>& lock) noexcept;

// ---- domains ---------------------------------------------------------------------------------------------------------

/// The one domain of SCHED_GLOBAL.
extern constinit SharedDomain global_domain;

/// Masked. (Templates, as others with a part for several CPUs: on one that part is not even checked.)
template <class C>
[[gnu::always_inline]] inline void lock_domain([[maybe_unused]] C& cpu) noexcept
{
    if constexpr (config::sched_partitioned) {
        acquire(cpu.sharing.domain.lock);
    } else if constexpr (config::smp) {
        acquire(global_domain.lock);
    }
}

template <class C>
[[gnu::always_inline]] inline void unlock_domain([[maybe_unused]] C& cpu) noexcept
{
    if constexpr (config::sched_partitioned) {
        cpu.sharing.domain.lock.unlock();
    } else if constexpr (config::smp) {
        global_domain.lock.unlock();
    }
}

/// Locks the domain of a thread, which need not exist any more, and returns the thread's CPU. Masked.
template <class Thread>
[[gnu::always_inline]] inline Cpu& lock_domain_of([[maybe_unused]] const Thread& thread) noexcept
{
    if constexpr (!config::sched_partitioned) {
        lock_domain(cpus[0]);
        return cpu_of(thread);
    } else {
        for (;;) {
            Cpu& cpu = cpu_of(thread);
            lock_domain(cpu);
            if (&cpu_of(thread) == &cpu) [[likely]] {
                return cpu;
            }
            unlock_domain(cpu);
        }
    }
}

/// Those of two CPUs, which may be one. Masked.
void lock_domains(Cpu& a, Cpu& b) noexcept;
void unlock_domains(Cpu& a, Cpu& b) noexcept;

/// Looks at a thread, or changes what decides nothing: neither an interrupt nor another CPU comes between.
class ThreadLock {
public:
    [[gnu::always_inline]] explicit ThreadLock(const ThreadControl& thread) noexcept
        : state_{arch::Port::irq_save()}, cpu_{lock_domain_of(thread)}
    {
    }
    [[gnu::always_inline]] ~ThreadLock()
    {
        unlock_domain(cpu_);
        arch::Port::irq_restore(state_);
    }
    ThreadLock(const ThreadLock&) = delete;
    ThreadLock& operator=(const ThreadLock&) = delete;

private:
    arch::IrqState state_;
    Cpu& cpu_;
};

/// Holds all domains: neither an interrupt nor another CPU changes who runs. For those who look at all CPUs at one moment.
class SchedulerLock {
public:
    SchedulerLock() noexcept : state_{arch::Port::irq_save()}
    {
        for (Cpu& cpu : cpus) {
            lock_domain(cpu);
            if constexpr (!config::sched_partitioned) {
                break;
            }
        }
    }
    ~SchedulerLock()
    {
        for (Cpu& cpu : cpus) {
            unlock_domain(cpu);
            if constexpr (!config::sched_partitioned) {
                break;
            }
        }
        arch::Port::irq_restore(state_);
    }
    SchedulerLock(const SchedulerLock&) = delete;
    SchedulerLock& operator=(const SchedulerLock&) = delete;

private:
    arch::IrqState state_;
};

// ---- primitives ------------------------------------------------------------------------------------------------------

struct PrimitiveLock;

/// The one of the table that belongs to an address.
[[nodiscard]] PrimitiveLock& primitive_lock_of(const void* address) noexcept;
[[nodiscard]] PrimitiveLock& the_inheritance_lock() noexcept;

/// Masked. A CPU that has it may take it again, and gives it back as often.
void take(PrimitiveLock& lock) noexcept;
void give(PrimitiveLock& lock) noexcept;

// ---- data ------------------------------------------------------------------------------------------------------------

void take_data_lock(const void* address) noexcept;
void give_data_lock(const void* address) noexcept;

/// A critical section on data of the kernel's own, named by its address, where interrupts are masked anyway. Nothing else is locked in it,
/// and nobody is woken.
class MaskedDataLock {
public:
    [[gnu::always_inline]] explicit MaskedDataLock(const void* address) noexcept : key_{address}
    {
        if constexpr (config::smp) {
            take_data_lock(address);
        }
    }
    [[gnu::always_inline]] ~MaskedDataLock()
    {
        if constexpr (config::smp) {
            give_data_lock(key_.get());
        }
    }
    MaskedDataLock(const MaskedDataLock&) = delete;
    MaskedDataLock& operator=(const MaskedDataLock&) = delete;

private:
    struct Key {
        explicit Key(const void* address) noexcept : value{address} {}
        [[nodiscard]] const void* get() const noexcept { return value; }
        const void* value;
    };
    struct NoKey {
        explicit NoKey(const void*) noexcept {}
        [[nodiscard]] static const void* get() noexcept { return nullptr; }
    };

    [[no_unique_address]] std::conditional_t<config::smp, Key, NoKey> key_;
};

/// Neither an interrupt nor a switch comes between, on this CPU.
class InterruptMask {
public:
    [[gnu::always_inline]] InterruptMask() noexcept : state_{arch::Port::irq_save()} {}
    [[gnu::always_inline]] ~InterruptMask() { arch::Port::irq_restore(state_); }
    InterruptMask(const InterruptMask&) = delete;
    InterruptMask& operator=(const InterruptMask&) = delete;

private:
    arch::IrqState state_;
};

/// The same, which masks them.
class DataLock : InterruptMask, MaskedDataLock {
public:
    [[gnu::always_inline]] explicit DataLock(const void* address) noexcept : MaskedDataLock{address} {}
};

}  // namespace pegplan::kernel
