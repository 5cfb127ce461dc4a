// System calls of the port.
#include "arch/host/linux.hpp"

#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

#include <type_traits>

// Where a handler returns to; as the C library's own, debuggers know it by its instructions.
extern "C" void pegplan_signal_return() noexcept;

namespace pegplan::arch::host {
namespace {

constexpr std::uint64_t nanoseconds_per_second = 1'000'000'000;

template <class T>
[[gnu::always_inline]] inline std::uintptr_t word_of(T value) noexcept
{
    if constexpr (std::is_integral_v<T> || std::is_enum_v<T>) {
        return static_cast<std::uintptr_t>(value);
    } else {
        return reinterpret_cast<std::uintptr_t>(value);
    }
}

template <class... Arguments>
[[gnu::always_inline]] inline SystemResult call(long number, Arguments... arguments) noexcept
{
    constexpr std::size_t most = 6;
    const std::uintptr_t words[most] = {word_of(arguments)...};
    return {system_call(number, words[0], words[1], words[2], words[3], words[4], words[5])};
}

int process_number() noexcept
{
    return static_cast<int>(call(SYS_getpid).value);
}

std::uint64_t read_clock(clockid_t clock) noexcept
{
    // Through the C library, which knows how to read the clock without a system call.
    timespec time{};
    clock_gettime(clock, &time);
    return static_cast<std::uint64_t>(time.tv_sec) * nanoseconds_per_second + static_cast<std::uint64_t>(time.tv_nsec);
}

}  // namespace

void write_all(int descriptor, std::span<const char> text) noexcept
{
    while (!text.empty()) {
        const SystemResult written = call(SYS_write, descriptor, text.data(), text.size());
        if (!written.failed()) {
            text = text.subspan(static_cast<std::size_t>(written.value));
        } else if (written.error() == EAGAIN) {
            pollfd waiting{descriptor, POLLOUT, 0};
            call(SYS_ppoll, &waiting, 1, nullptr, nullptr, 0);
        } else if (written.error() != EINTR) {
            return;
        }
    }
}

void exit_process(int code) noexcept
{
    for (;;) {
        call(SYS_exit_group, code);
    }
}

// Secondary CPUs are in it while the first one sets the word that protected functions check at their ends.
[[gnu::no_stack_protector]] void wait_while(const std::atomic<std::uint32_t>& word, std::uint32_t value) noexcept
{
    call(SYS_futex, &word, FUTEX_WAIT_PRIVATE, value, nullptr);
}

void wake_one(const std::atomic<std::uint32_t>& word) noexcept
{
    call(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1);
}

void let_others_run() noexcept
{
    call(SYS_sched_yield);
}

void send_signal(int pthread, int signal) noexcept
{
    call(SYS_tgkill, process_number(), pthread, signal);
}

void fill_with_entropy(std::span<std::byte> buffer) noexcept
{
    while (!buffer.empty()) {
        const SystemResult got = call(SYS_getrandom, buffer.data(), buffer.size(), 0);
        if (!got.failed()) {
            buffer = buffer.subspan(static_cast<std::size_t>(got.value));
        } else if (got.error() != EINTR) {
            return;
        }
    }
}

SystemResult protect(std::byte* pages, std::size_t bytes, Access access) noexcept
{
    return call(SYS_mprotect, pages, bytes, access == Access::none ? PROT_NONE : PROT_READ | PROT_WRITE);
}

int current_pthread() noexcept
{
    return static_cast<int>(call(SYS_gettid).value);
}

SystemResult install_handler(int signal, SignalHandler handler, int flags) noexcept
{
    /// As Linux reads it; that of the C library differs.
    struct Action {
        SignalHandler handler;
        unsigned long flags;
        void (*restorer)();
        std::uint64_t mask;
    };
    constexpr unsigned long with_restorer = 0x0400'0000;
    const unsigned long all_flags = static_cast<unsigned long>(flags) | SA_SIGINFO | SA_NODEFER | SA_RESTART;
    const Action action{handler, all_flags | with_restorer, &pegplan_signal_return, 0};
    return call(SYS_rt_sigaction, signal, &action, nullptr, sizeof action.mask);
}

SystemResult set_signal_stack(const stack_t& stack) noexcept
{
    return call(SYS_sigaltstack, &stack, nullptr);
}

SystemResult interrupt_by_used_time(std::int64_t microseconds) noexcept
{
    const timeval period{.tv_sec = 0, .tv_usec = microseconds};
    const itimerval setting{.it_interval = period, .it_value = period};
    return call(SYS_setitimer, ITIMER_VIRTUAL, &setting, nullptr);
}

SystemResult SignalTimer::create(int signal) noexcept
{
    sigevent event{};
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = signal;
    event._sigev_un._tid = current_pthread();
    return call(SYS_timer_create, CLOCK_MONOTONIC, &event, &id_);
}

void SignalTimer::start(std::uint64_t nanoseconds) noexcept
{
    itimerspec setting{};
    setting.it_value.tv_sec = static_cast<time_t>(nanoseconds / nanoseconds_per_second);
    setting.it_value.tv_nsec = static_cast<long>(nanoseconds % nanoseconds_per_second);
    call(SYS_timer_settime, id_, 0, &setting, nullptr);
}

std::uint64_t monotonic_nanoseconds() noexcept
{
    return read_clock(CLOCK_MONOTONIC);
}

std::uint64_t raw_nanoseconds() noexcept
{
    return read_clock(CLOCK_MONOTONIC_RAW);
}

}  // namespace pegplan::arch::host
