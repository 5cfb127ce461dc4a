// Interrupts between CPUs.
#include "core/smp/ipi.hpp"

#include "core/kernel_entry.hpp"
#include "core/sched/scheduler.hpp"

namespace pegplan::kernel {

namespace {

/// What is to be called. Written by the CPU that has the lock, while nobody is left to answer.
struct Call {
    std::atomic<bool> locked;
    std::atomic<std::uint32_t> unanswered;
    void (*function)(void*);
    void* argument;
};

constinit Call call{};

void lock_call(Cpu& cpu) noexcept
{
    while (call.locked.exchange(true, std::memory_order_acquire)) {
        answer_call(cpu);
        arch::Port::relax();
    }
}

/// Asks the others; returns how many there are.
std::uint32_t ask_others(const Cpu& here) noexcept
{
    std::uint32_t asked = 0;
    for (const Cpu& cpu : cpus) {
        asked += &cpu != &here && cpu.sharing.online.load(std::memory_order_relaxed) ? 1 : 0;
    }
    // Before anybody is asked: who answers counts down.
    call.unanswered.store(asked, std::memory_order_relaxed);
    for (Cpu& cpu : cpus) {
        if (&cpu != &here && cpu.sharing.online.load(std::memory_order_relaxed)) {
            cpu.sharing.call_wanted.store(true, std::memory_order_release);
            arch::Port::send_ipi(cpu.sharing.index);
        }
    }
    return asked;
}

}  // namespace

void notify(Cpu& cpu) noexcept
{
    if (!cpu.sharing.notified.exchange(true, std::memory_order_acq_rel)) {
        arch::Port::send_ipi(cpu.sharing.index);
    }
}

void request_slice(Cpu& cpu) noexcept
{
    cpu.sharing.begin_slice = true;
    notify(cpu);
}

void call_on_others(void (*function)(void*), void* argument) noexcept
{
    const arch::IrqState state = arch::Port::irq_save();
    Cpu& here = this_cpu();
    lock_call(here);
    call.function = function;
    call.argument = argument;
    if (ask_others(here) != 0) {
        // Acquire: what the others have done is done. Nobody else can ask this CPU meanwhile.
        while (call.unanswered.load(std::memory_order_acquire) != 0) {
            arch::Port::relax();
        }
    }
    call.locked.store(false, std::memory_order_release);
    arch::Port::irq_restore(state);
}

void answer_call(Cpu& cpu) noexcept
{
    if (cpu.sharing.call_wanted.load(std::memory_order_relaxed) &&
        cpu.sharing.call_wanted.exchange(false, std::memory_order_acquire)) {
        call.function(call.argument);
        call.unanswered.fetch_sub(1, std::memory_order_release);
    }
}

void ipi_interrupt() noexcept
{
    Cpu& cpu = this_cpu();
    answer_call(cpu);
    if (cpu.sharing.notified.exchange(false, std::memory_order_acq_rel)) {
        const MaskedSection section;
        if (std::exchange(cpu.sharing.begin_slice, false) && config::time_slicing && cpu.current->holds == hold_none &&
            RunQueue::must_share(*cpu.current)) {
            begin_slice(cpu, *cpu.current);
        }
        arm_policy(cpu);
    }
}

}  // namespace pegplan::kernel
