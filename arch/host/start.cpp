// From the process's entry to the kernel, and the interrupts of a CPU.
#include "arch/host/start.hpp"

#include "arch/host/arguments.hpp"
#include "arch/host/faults.hpp"
#include "arch/host/fuzzer.hpp"
#include "arch/host/port.hpp"
#include "arch/host/thread_locals.hpp"
#include "core/kernel_entry.hpp"

#include <pegplan/board/numa.hpp>
#include <pegplan/config/host.hpp>
#include <pegplan/config/security.hpp>
#include <pegplan/config/smp.hpp>

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <span>

extern "C" {
extern std::byte __arena_start[];
extern std::byte __arena_end[];

// What instrumented builds count, to be written at the end; not there in others.
[[gnu::weak]] void __gcov_dump();
}

namespace pegplan::arch::host {

constinit HostCpu uniprocessor{};

namespace {

/// Of a process that cannot begin: what scripts/pegplan returns when it does not come to a run.
constexpr int no_start_exit_code = 125;

/// Room for the pthread's own needs, those of sanitizers included; what is not touched takes no memory.
constexpr std::size_t boot_stack_size = std::size_t{1} << 20;
alignas(page_size) constinit std::array<std::byte, boot_stack_size> boot_stack_memory{};

/// Posted by each pthread of a CPU other than the first when it is ready to be started.
constinit sem_t secondary_is_ready{};

/// Ends the process with a message for the user, before there is a kernel that could panic.
[[noreturn]] void refuse(const char* what, int error, const char* remedy) noexcept
{
    dprintf(STDERR_FILENO, "pegplan: %s: %s\n  %s\n", what, strerror(error), remedy);
    exit_process(no_start_exit_code);
}

void check_pages() noexcept
{
    if constexpr (config::stack_guards) {
        if (sysconf(_SC_PAGESIZE) > static_cast<long>(page_size)) {
            refuse("this machine's pages are too large to guard stacks", ENOTSUP, "Build with STACK_GUARDS=n.");
        }
    }
}

void map_arena(std::byte* start, std::size_t size) noexcept
{
    const void* const arena = mmap(start, size, PROT_READ | PROT_WRITE,
                                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    if (arena != start) {
        std::array<char, 128> what;
        snprintf(what.data(), what.size(), "no memory for the stacks of threads (%zu KiB at %p)", size / 1024,
                 static_cast<void*>(start));
        refuse(what.data(), arena == MAP_FAILED ? errno : EEXIST,
               "Raise the limit of the address space (ulimit -v), or give the board file less RAM.");
    }
}

/// The RAM of the board file, for the stacks of threads.
void map_arenas() noexcept
{
    map_arena(__arena_start, static_cast<std::size_t>(__arena_end - __arena_start));
    if constexpr (board::numa_node_count > 1) {
        for (const NodeMemory& memory : std::span{board::numa_memory}.subspan(1)) {
            map_arena(reinterpret_cast<std::byte*>(memory.base), memory.size);
        }
    }
}

/// What each CPU has of its own. In its pthread, masked.
void init_cpu() noexcept
{
    HostCpu& cpu = this_host_cpu();
    find_thread_locals(cpu);
    if (const SystemResult result = init_faults(cpu); result.failed()) {
        refuse("handlers of faults cannot be installed", result.error(), "Allow the system calls rt_sigaction and sigaltstack, which a filter seems to forbid.");
    }
    if (const SystemResult result = Time::init_cpu(cpu); result.failed()) {
        refuse("there is no timer for a CPU", result.error(),
               "Raise the limit of pending signals (ulimit -i), or build with HOST_VIRTUAL_TIME=y, which needs no such timer.");
    }
}

// What the process's own pthread does while that of the first CPU boots is compiled without stack protection: the kernel sets the word that
// protected functions check, between their first and their last instruction for all that this pthread knows.

/// Leaves signals that are for the process, an engine's alarm for instance, to the pthread of a CPU.
[[gnu::no_stack_protector]] void block_signals() noexcept
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

void* run_first_cpu(void*) noexcept
{
    if constexpr (config::smp) {
        become_cpu(0);
    }
    init_cpu();
    kernel::start();
}

void* run_secondary_cpu(void* number) noexcept
{
    if constexpr (config::smp) {
        become_cpu(static_cast<unsigned>(reinterpret_cast<std::uintptr_t>(number)));
        init_cpu();
        sem_post(&secondary_is_ready);
        serve_as_secondary();
    }
    return nullptr;
}

/// Makes a pthread with an own stack, or the C library's choice of one.
[[gnu::no_stack_protector]] pthread_t make_pthread(void* (*run)(void*), void* argument, std::span<std::byte> stack) noexcept
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    if (!stack.empty()) {
        pthread_attr_setstack(&attributes, stack.data(), stack.size());
    }
    pthread_t made;
    if (const int error = pthread_create(&made, &attributes, run, argument); error != 0) {
        refuse("there is no pthread for a CPU", error, "Raise the limit of processes (ulimit -u).");
    }
    return made;
}

/// They sleep until the kernel starts them; all are there before the first one runs.
[[maybe_unused]] void make_secondary_cpus() noexcept
{
    sem_init(&secondary_is_ready, 0, 0);
    for (std::uintptr_t number = 1; number < config::cpus; ++number) {
        make_pthread(&run_secondary_cpu, reinterpret_cast<void*>(number), {});
    }
    for (int number = 1; number < config::cpus; ++number) {
        while (sem_wait(&secondary_is_ready) != 0) {
        }
    }
}

bool is_counted() noexcept
{
    return __gcov_dump != nullptr;
}

/// How a counted image ends: posted by its CPU, waited for by the pthread that Linux has started.
struct End {
    sem_t reached;
    int code;
};
constinit End process_end{};

/// Writes the counts of a counted image when it ends, on a stack that is large enough for the compiler's runtime.
[[noreturn, gnu::no_stack_protector]] void write_counts_at_end() noexcept
{
    while (sem_wait(&process_end.reached) != 0) {
    }
    __gcov_dump();
    exit_process(process_end.code);
}

}  // namespace

std::span<std::byte> boot_stack() noexcept
{
    if constexpr (config::smp) {
        if (const OneOfMany& own = this_host_cpu().many; own.number != 0) {
            return own.stack;
        }
    }
    return boot_stack_memory;
}

void end_process(int code) noexcept
{
    if (is_counted()) {
        mask();
        if (static constinit std::atomic<bool> ends{false}; !ends.exchange(true, std::memory_order_relaxed)) {
            process_end.code = code;
            sem_post(&process_end.reached);
        }
        for (;;) {
            pause();
        }
    }
    if constexpr (config::host_fuzzer) {
        exit(code);  // tells the engine, which writes down the input that led here
    }
    exit_process(code);
}

void take_interrupt() noexcept
{
    HostCpu& cpu = this_host_cpu();
    const bool is_timer = Time::acknowledge(cpu);
    kernel::isr_enter();
    if constexpr (config::smp) {
        if (cpu.many.asked.exchange(0, std::memory_order_acq_rel) != 0) {
            kernel::ipi_interrupt();
        }
    }
    if (!config::smp || is_timer) {
        kernel::timer_interrupt();
    }
    if (kernel::isr_exit()) {
        kernel::preempt();
    }
}

void take_interrupts() noexcept
{
    do {
        mask();
        take_interrupt();
        unmask_to(0);
    } while (Time::is_due());
}

}  // namespace pegplan::arch::host

/// Called from machine.S when a context is switched to for the first time. Entered masked, returns unmasked,
/// but if the context is a CPU's.
extern "C" void pegplan_context_begin() noexcept
{
    using namespace pegplan::arch::host;

    Fiber::begin();
    if constexpr (pegplan::config::smp) {
        if (is_first_step_of_cpu()) {
            return;  // masked
        }
        pegplan_thread_begins();
    }
    Port::irq_restore({0});
}

/// Called by the C library, when it is ready, on the process's own stack. The CPU gets a pthread whose stack is the image's, as
/// on other boards; this one only waits.
extern "C" [[gnu::no_stack_protector]] int pegplan_host_main(int argument_count, char** arguments, char**)
{
    using namespace pegplan::arch::host;

    check_pages();
    map_arenas();
    if constexpr (pegplan::config::host_fuzzer) {
        keep_fuzzer_arguments(argument_count, arguments);
    } else if (const char* const wrong = load_arguments(arguments + 1)) {
        refuse(wrong, EINVAL, "An argument is ADDRESS=VALUE: 32 bits to be put into the memory for stacks.");
    }
    Time::init();
    sem_init(&process_end.reached, 0, 0);
    if constexpr (pegplan::config::smp) {
        make_secondary_cpus();
    }
    const pthread_t cpu = make_pthread(&run_first_cpu, nullptr, boot_stack_memory);
    block_signals();
    if (is_counted()) {
        write_counts_at_end();
    }
    pthread_join(cpu, nullptr);
    return no_start_exit_code;
}
