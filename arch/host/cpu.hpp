// A CPU of the host: one pthread, and what the port keeps for it.
//
// Interrupts are masked by a flag in memory, so that neither masking nor a switch of threads costs a system call. The rules:
//   (1) The timer's signal is never blocked. Its handler is the CPU's interrupt entry.
//   (2) While `masked` is set, the handler does no more than to set `pending`. The flag belongs to the CPU, not to a
//       thread: a switch takes place masked on both sides, and each thread clears the flag on its own way out.
//   (3) Whoever clears `masked` looks at `pending` afterwards and runs the interrupt itself. Handler and interrupted code
//       belong to one pthread, so the order of the two accesses in the program is their order; only the compiler must
//       keep it (atomic_signal_fence). A signal between the two runs the interrupt in its handler, and `pending` is clear.
//   (4) Clearing `pending` precedes what the interrupt does, so that a signal that comes meanwhile is not lost.
//
// With several CPUs a thread that is not masked may be preempted between any two instructions and go on in another pthread.
// What belongs to a CPU is therefore found through the register in which Linux keeps the pthread's own memory (its thread
// pointer, which neither a switch nor the return from a signal changes), and
//   (5) an unmasked thread accesses one field of its CPU at a time, by load_of_cpu and store_to_cpu, which are one step: on
//       x86_64 one instruction, on aarch64 two, of which an interrupted first is repeated (host_machine.hpp). An address of
//       the CPU's record is taken by code that is masked, or that is not preempted.
//   (6) Masking reads the flag and sets it. A thread that reads 1 is masked and stays where it is. One that reads 0 may go on
//       on another CPU before it sets the flag: it sets that one's, and 0 is what that one's flag was, since the thread runs
//       there unmasked. It never sets the flag of a CPU which it has left.
//   (7) Unmasking clears the flag and looks at `pending`. In between the thread may move to another CPU, and look at that
//       one's. The one that it has left had no interrupt pending any more when it left (4).
#pragma once

#include "arch/host/fibers.hpp"
#include "arch/host/linux.hpp"
#include "arch/port.hpp"

#include <pegplan/config/smp.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

namespace pegplan::arch::host {

struct HostCpu;

/// Where a pthread leaves its own stack for the kernel's, and the way back.
struct StackChange {
    MachineContext machine;
    [[no_unique_address]] Fiber fiber;
};

/// As wide as what Linux can wait for.
struct CpuState {
    static constexpr std::uint32_t stopped = 0;
    static constexpr std::uint32_t runs = 1;    ///< or is about to
    static constexpr std::uint32_t leaves = 2;  ///< the kernel's stack
};

/// What a CPU needs besides when it is one of several. Behind all else, so that nobody looks at it where there is but one.
struct OneOfMany {
    void* current = nullptr;       ///< the pointer of the running thread
    HostCpu* self = nullptr;       ///< where this record is
    unsigned number = 0;
    int pthread = 0;               ///< by which Linux knows it
    std::atomic<std::uint32_t> asked{0};  ///< another CPU has asked for an interrupt that has not been taken yet
    std::atomic<std::uint32_t> state{CpuState::stopped};
    std::atomic<bool> halted{false};      ///< by a CPU that panics
    std::uint32_t spins = 0;       ///< turns of loops that wait for other CPUs; that one is lost now and then does not matter
    // What it was started with.
    std::span<std::byte> stack{};
    void* first_current = nullptr;
    bool begins = false;           ///< its first step on that stack is still to come
    StackChange outside{};         ///< the pthread's own stack, while it is left
    StackChange inside{};
    // Virtual time.
    std::atomic<std::uint32_t> turn{0};  ///< it may run
    bool idle = false;             ///< it has nothing to do before the next interrupt
};

struct HostCpu {
    std::atomic<std::uint8_t> masked{1};
    std::atomic<std::uint32_t> pending{0};  ///< as wide as what Linux can wait for
    Ticks deadline = no_deadline;           ///< virtual time: of the next interrupt
    Ticks armed = no_deadline;              ///< real time: when the timer fires, at the latest
    std::byte* thread_locals = nullptr;     ///< the image's thread_local objects in the CPU's pthread, if there are any
    SignalTimer timer;
    stack_t signal_stack{};  ///< for faults, which may be those of a stack
    OneOfMany many{};
};

/// The one CPU, if there is one.
extern constinit HostCpu uniprocessor;

/// The CPUs of the image by their numbers, if there are several (smp.cpp). Does not change once the kernel runs.
extern constinit std::array<HostCpu*, config::cpus> all_cpus;

/// The CPU that executes the call: a constant address if there is one. If there are several, only for code that is masked, or
/// not preempted.
[[gnu::always_inline]] inline HostCpu& this_host_cpu() noexcept
{
    if constexpr (config::smp) {
        return *load_of_cpu<HostCpu*, offsetof(HostCpu, many) + offsetof(OneOfMany, self)>();
    } else {
        return uniprocessor;
    }
}

/// Whether the calling pthread is a CPU. The one that Linux has started is not; it runs what a compiler adds to initialisers.
[[gnu::always_inline]] inline bool is_cpu() noexcept
{
    if constexpr (config::smp) {
        return load_of_cpu<HostCpu*, offsetof(HostCpu, many) + offsetof(OneOfMany, self)>() != nullptr;
    } else {
        return true;
    }
}

/// Whether interrupts are masked on the CPU that executes the call.
[[gnu::always_inline]] inline std::uint8_t masked() noexcept
{
    if constexpr (config::smp) {
        return load_of_cpu<std::uint8_t, offsetof(HostCpu, masked)>();
    } else {
        return uniprocessor.masked.load(std::memory_order_relaxed);
    }
}

[[gnu::always_inline]] inline void set_masked(std::uint8_t value) noexcept
{
    if constexpr (config::smp) {
        store_to_cpu<std::uint8_t, offsetof(HostCpu, masked)>(value);
    } else {
        uniprocessor.masked.store(value, std::memory_order_relaxed);
    }
}

/// Masks interrupts; returns what `masked` was.
[[gnu::always_inline]] inline std::uint8_t mask() noexcept
{
    const std::uint8_t before = masked();
    set_masked(1);
    std::atomic_signal_fence(std::memory_order_seq_cst);
    return before;
}

/// Sets `masked` to what it was. The caller then asks whether an interrupt is due.
[[gnu::always_inline]] inline void unmask_to(std::uint8_t before) noexcept
{
    std::atomic_signal_fence(std::memory_order_seq_cst);
    set_masked(before);
    std::atomic_signal_fence(std::memory_order_seq_cst);
}

/// Runs the interrupt. Masked; returns when the interrupted thread runs again, possibly on another CPU.
void take_interrupt() noexcept;

/// Runs interrupts as long as some are due. Entered unmasked, by a thread at a place of its own choice.
void take_interrupts() noexcept;

}  // namespace pegplan::arch::host
