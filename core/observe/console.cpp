// The console: whole texts from threads, one at a time; from interrupt handlers without waiting; from panics at once.
#include "core/observe/console.hpp"

#include "core/smp/locks.hpp"

#include <pegplan/config/observe.hpp>
#include <pegplan/mutex.hpp>
#include <pegplan/print.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <utility>

namespace pegplan::kernel {

namespace {

constinit Mutex<> console_mutex;

/// Whether somebody writes: a thread, which has the mutex too, or an interrupt handler.
constinit std::atomic<bool> writing{false};

/// What interrupt handlers print while somebody writes. Protected by a lock of its own.
///
/// Invariant: whoever stops writing looks into the backlog afterwards. A handler adds to it in a critical section in which it has
/// found `writing` set, and the writer looks in one that comes after it has cleared that: so text never stays behind.
struct Backlog {
    std::array<char, static_cast<std::size_t>(config::isr_print_buffer)> text;
    std::size_t used;
    std::size_t lost;  // characters that did not fit
};

constinit Backlog backlog{};

void write_now(FormatSink&, std::span<const char> text) noexcept
{
    arch::Port::console_write(text);
}

void write_later(FormatSink&, std::span<const char> text) noexcept
{
    for (const char character : text) {
        if (backlog.used < backlog.text.size()) {
            backlog.text[backlog.used++] = character;
        } else {
            ++backlog.lost;
        }
    }
}

/// Moves a piece of the backlog out of the critical section and writes it. Returns false when there is none.
bool write_backlog_piece() noexcept
{
    std::array<char, 32> piece;
    std::size_t count = 0;
    std::size_t lost = 0;
    {
        const DataLock lock{&backlog};
        count = std::min(piece.size(), backlog.used);
        std::copy_n(backlog.text.begin(), count, piece.begin());
        std::copy(backlog.text.begin() + count, backlog.text.begin() + backlog.used, backlog.text.begin());
        backlog.used -= count;
        if (backlog.used == 0) {
            lost = std::exchange(backlog.lost, 0);
        }
    }
    arch::Port::console_write(std::span{piece.data(), count});
    if (lost > 0) {
        print_unlocked("[{} characters from interrupt handlers were lost: ISR_PRINT_BUFFER is {}]\n", lost,
                       backlog.text.size());
    }
    return count > 0;
}

bool backlog_empty() noexcept
{
    const DataLock lock{&backlog};
    return backlog.used == 0;
}

/// Returns when this thread is the one that writes. Only a handler, on another CPU, can keep it waiting.
template <class Port>
void begin_writing() noexcept
{
    while (writing.exchange(true, std::memory_order_acquire)) {
        if constexpr (config::smp) {
            Port::relax();
        }
    }
}

/// Writes what handlers have left meanwhile, and after that too unless somebody else has begun to write.
void end_writing() noexcept
{
    do {
        while (write_backlog_piece()) {
        }
        writing.store(false, std::memory_order_release);
    } while (!backlog_empty() && !writing.exchange(true, std::memory_order_acquire));
}

// Without CONSOLE nobody calls the two, and clang says so.
[[maybe_unused]] void print_from_thread(std::string_view format, std::span<const format_detail::Argument> arguments) noexcept
{
    console_mutex.lock();
    begin_writing<arch::Port>();
    vprint_unlocked(format, arguments);
    end_writing();
    console_mutex.unlock();
}

[[maybe_unused]] void print_from_isr(std::string_view format, std::span<const format_detail::Argument> arguments) noexcept
{
    {
        const DataLock lock{&backlog};
        if (writing.exchange(true, std::memory_order_acquire)) {
            std::array<char, 32> buffer;
            FormatSink sink{buffer, &write_later};
            vformat_to(sink, format, arguments);
            sink.flush();
            return;
        }
    }
    vprint_unlocked(format, arguments);
    end_writing();
}

}  // namespace

void vprint_unlocked(std::string_view format, std::span<const format_detail::Argument> arguments) noexcept
{
    if constexpr (config::console) {
        std::array<char, static_cast<std::size_t>(config::print_buffer)> buffer;
        FormatSink sink{buffer, &write_now};
        vformat_to(sink, format, arguments);
        sink.flush();
    }
}

void vprint(std::string_view format, std::span<const format_detail::Argument> arguments) noexcept
{
    if constexpr (config::console) {
        if (arch::Port::irq_enabled()) {
            print_from_thread(format, arguments);
        } else if (const Cpu& cpu = this_cpu(); cpu.is_idle() && !cpu.in_isr) {
            vprint_unlocked(format, arguments);  // before the first thread
        } else {
            print_from_isr(format, arguments);
        }
    }
}

}  // namespace pegplan::kernel
