// Real time: the rate of the counter, the timer, and the timer's signal.
//
// The handler of the signal is the CPU's interrupt. It runs on the interrupted thread's stack, and when another thread is due
// it switches to that one from inside the handler: the signal's frame, in which Linux has saved all registers, the
// floating-point ones included, stays on the stack of the preempted thread until that is switched to again and returns
// through it. No signal is blocked meanwhile (SA_NODEFER and an empty mask), so the next thread needs no system call to be
// interruptible, and what the frame restores is the mask that all code has.
//
// Only the image's own code is preempted. What is linked to it from outside (the C library, the runtime of a sanitizer)
// does not know of the kernel's threads: it may hold a lock, or be in the middle of changing what it keeps for each pthread.
// A signal in such code sets `pending` and comes back a little later. The same goes for the handler itself, where it is not
// masked: what it has interrupted may be foreign, and handlers must not pile up on a stack. For that all of its code that
// runs unmasked has a section of its own.
//
// With several CPUs, each has a timer, and others interrupt it by a signal to its pthread, which is handled in the same way. A
// thread that is preempted on one CPU may go on, and return through its frame, on another one. In the frame are registers, which
// are the thread's, and the signal stack, which is the CPU's: that is replaced. Its code that runs unmasked is not
// preempted, so it stays on one CPU.
//
// With a sanitizer this file is compiled without its checks, since the handler may have interrupted the runtime.
#include "arch/host/real_time.hpp"

#include "arch/host/image.hpp"
#include "arch/host/time.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

extern "C" {
// The bounds of the section, made by the linker.
extern const std::byte __start_pegplan_handler[];
extern const std::byte __stop_pegplan_handler[];
}

namespace pegplan::arch::host {

constinit bool RealTime::counter_is_trusted = false;
constinit std::uint64_t RealTime::frequency = 1'000'000'000;

namespace {

/// Debuggers pass these on without stopping.
constexpr int timer_signal = SIGALRM;
constexpr int ipi_signal = SIGURG;

/// When a signal that met foreign code comes back.
constexpr std::uint64_t retry_nanoseconds = 50'000;

/// The shortest time to the next signal: longer than its handling takes, so that threads get on in between, however short
/// their slices are.
constexpr std::uint64_t shortest_nanoseconds = config::host_no_sanitizer ? 20'000 : 200'000;

constexpr std::uint64_t nanoseconds_per_second = 1'000'000'000;

/// Whether Linux derives its clocks from the counter that the port can read.
bool linux_uses_counter() noexcept
{
    constexpr char path[] = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
    constexpr std::string_view wanted{counter_name};
    std::array<char, wanted.size() + 1> text{};
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return false;
    }
    const ssize_t count = read(file, text.data(), text.size());
    close(file);
    return count == static_cast<ssize_t>(text.size()) && std::string_view{text.data(), wanted.size()} == wanted &&
           text.back() == '\n';
}

/// The same moment on both clocks.
struct Moment {
    std::uint64_t counter;
    std::uint64_t nanoseconds;
};

/// Of several readings the one that took the shortest time.
Moment read_moment() noexcept
{
    constexpr int readings = 16;
    Moment best{};
    std::uint64_t shortest = ~std::uint64_t{0};
    for (int reading = 0; reading < readings; ++reading) {
        const std::uint64_t before = read_counter();
        const std::uint64_t nanoseconds = raw_nanoseconds();
        const std::uint64_t duration = read_counter() - before;
        if (duration < shortest) {
            shortest = duration;
            best = {before, nanoseconds};
        }
    }
    return best;
}

/// Compares the counter with the clock that Linux makes of it, in which its rate is exact: a short time is enough.
std::uint64_t measure_frequency() noexcept
{
    constexpr std::uint64_t duration = 2'000'000;
    const Moment start = read_moment();
    while (raw_nanoseconds() - start.nanoseconds < duration) {
    }
    const Moment end = read_moment();
    const std::uint64_t nanoseconds = end.nanoseconds - start.nanoseconds;
    return (end.counter - start.counter) * nanoseconds_per_second / nanoseconds;
}

[[gnu::always_inline]] inline bool may_be_preempted(std::uintptr_t address) noexcept
{
    return is_image_code(address) && !is_between(address, __start_pegplan_handler, __stop_pegplan_handler);
}

/// The CPU that has halted all others, by its number and 1; 0 as long as none has.
constinit std::atomic<std::uint32_t> halter{0};

/// Where a CPU ends that another one has halted.
[[noreturn, gnu::section("pegplan_handler")]] void stay_halted() noexcept
{
    mask();
    if constexpr (config::smp) {
        this_host_cpu().many.halted.store(true, std::memory_order_relaxed);
    }
    for (;;) {
        wait_while(halter, halter.load(std::memory_order_relaxed));
    }
}

/// Takes the interrupt that the bit `reason` of `pending` stands for, if the interrupted code may be preempted.
[[gnu::section("pegplan_handler")]] void interrupt(HostCpu& interrupted_cpu, std::uint32_t reason,
                                                   ucontext_t& interrupted) noexcept
{
    HostCpu* cpu = &interrupted_cpu;
    if (cpu->masked.load(std::memory_order_relaxed) != 0) {
        cpu->pending.fetch_or(reason, std::memory_order_relaxed);
        return;
    }
    if (!may_be_preempted(program_counter(interrupted))) {
        cpu->pending.fetch_or(reason, std::memory_order_relaxed);
        cpu->timer.start(retry_nanoseconds);
        return;
    }
    if constexpr (config::smp) {
        cpu->pending.fetch_or(reason, std::memory_order_relaxed);
        repeat_first_steps(interrupted);
    }
    do {
        mask();
        take_interrupt();
        cpu = &this_host_cpu();
        // The frame holds the signal stack of the CPU on which the thread was interrupted.
        interrupted.uc_stack = cpu->signal_stack;
        unmask_to(0);
    } while (RealTime::is_due());
}

[[gnu::section("pegplan_handler")]] void on_timer(int, siginfo_t*, void* context) noexcept
{
    HostCpu& cpu = this_host_cpu();
    cpu.armed = no_deadline;
    interrupt(cpu, RealTime::pending_timer, *static_cast<ucontext_t*>(context));
}

/// Another CPU asks for something.
[[gnu::section("pegplan_handler")]] void on_ipi(int, siginfo_t*, void* context) noexcept
{
    if (halter.load(std::memory_order_relaxed) != 0) {
        stay_halted();
    }
    interrupt(this_host_cpu(), RealTime::pending_ipi, *static_cast<ucontext_t*>(context));
}

}  // namespace

void RealTime::init() noexcept
{
    counter_is_trusted = linux_uses_counter();
    if (counter_is_trusted) {
        frequency = counter_frequency() != 0 ? counter_frequency() : measure_frequency();
    }
}

SystemResult RealTime::init_cpu(HostCpu& cpu) noexcept
{
    if (const SystemResult installed = install_handler(timer_signal, &on_timer, 0); installed.failed()) {
        return installed;
    }
    if constexpr (config::smp) {
        if (const SystemResult installed = install_handler(ipi_signal, &on_ipi, 0); installed.failed()) {
            return installed;
        }
    }
    return cpu.timer.create(timer_signal);
}

void RealTime::set_deadline(Ticks deadline) noexcept
{
    HostCpu& cpu = this_host_cpu();
    if (deadline >= cpu.armed) {
        return;  // the timer fires early, which the kernel answers by setting it again: cheaper than setting it now
    }
    const Ticks time = now();
    const Ticks distance = deadline > time ? deadline - time : 0;
    // Both clocks may differ by 1 in 2,000, while Linux corrects its own: long waits end early, and are set again.
    constexpr std::uint64_t exact_below = nanoseconds_per_second;
    constexpr std::uint64_t early_part = 1024;
    using Wide = unsigned __int128;
    constexpr Wide longest = Wide{1} << 60;
    const Wide exact = std::min(static_cast<Wide>(distance) * nanoseconds_per_second / frequency + 1, longest);
    std::uint64_t nanoseconds = std::max(static_cast<std::uint64_t>(exact), shortest_nanoseconds);
    if (nanoseconds > exact_below) {
        nanoseconds -= nanoseconds / early_part;
    }
    cpu.armed = deadline;
    cpu.timer.start(nanoseconds);
}

void RealTime::stop(HostCpu& cpu) noexcept
{
    cpu.timer.stop();
    cpu.armed = no_deadline;
    cpu.pending.store(0, std::memory_order_relaxed);
}

void RealTime::ask(HostCpu& cpu) noexcept
{
    if constexpr (config::smp) {
        send_signal(cpu.many.pthread, ipi_signal);
    }
}

void RealTime::halt() noexcept
{
    if constexpr (config::smp) {
        // A CPU answers as soon as Linux lets it run. The limit is for one that Linux does not let run.
        constexpr int turns = 10'000;
        mask();
        const OneOfMany& own = this_host_cpu().many;
        std::uint32_t none = 0;
        if (!halter.compare_exchange_strong(none, own.number + 1)) {
            if (none == own.number + 1) {
                return;
            }
            stay_halted();
        }
        const auto is_to_halt = [&own](const OneOfMany& other) noexcept {
            return &other != &own && other.state.load(std::memory_order_relaxed) == CpuState::runs;
        };
        for (const HostCpu* const cpu : all_cpus) {
            if (is_to_halt(cpu->many)) {
                send_signal(cpu->many.pthread, ipi_signal);
            }
        }
        int turn = 0;
        for (const HostCpu* const cpu : all_cpus) {
            while (is_to_halt(cpu->many) && !cpu->many.halted.load(std::memory_order_relaxed) && turn++ < turns) {
                let_others_run();
            }
        }
    }
}

void RealTime::spin() noexcept
{
    if constexpr (config::smp) {
        // Who is waited for runs on another processor of the machine, or waits for this one. If the thread is not masked, the
        // count may be that of a CPU which it has just left.
        constexpr std::uint32_t hints = 32;
        spin_hint();
        if (++this_host_cpu().many.spins % hints == 0) {
            let_others_run();
        }
    }
}

}  // namespace pegplan::arch::host
