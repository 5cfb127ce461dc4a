// The console: whole texts from threads, one at a time; from interrupt handlers without waiting; from panics at once.
#include "core/observe/console.hpp"

#include "core/sched/cpu.hpp"

#include <pegplan/config/observe.hpp>
#include <pegplan/mutex.hpp>
#include <pegplan/print.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace pegplan::kernel {

namespace {

constinit Mutex<> console_mutex;

/// What interrupt handlers print while a thread holds the console. Protected by the scheduler lock.
///
/// Invariant: whoever unlocks the console looks into the backlog afterwards, so text never stays behind: it is written
/// by the thread that held the console when it came, or by the next one.
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
        const SchedulerLock lock;
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
    const SchedulerLock lock;
    return backlog.used == 0;
}

void print_from_thread(std::string_view format, std::span<const format_detail::Argument> arguments) noexcept
{
    console_mutex.lock();
    vprint_unlocked(format, arguments);
    do {
        while (write_backlog_piece()) {
        }
        console_mutex.unlock();
    } while (!backlog_empty() && console_mutex.try_lock());
}

void print_from_isr(std::string_view format, std::span<const format_detail::Argument> arguments) noexcept
{
    if (!console_mutex.is_locked()) {
        vprint_unlocked(format, arguments);
        return;
    }
    std::array<char, 32> buffer;
    FormatSink sink{buffer, &write_later};
    vformat_to(sink, format, arguments);
    sink.flush();
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
        const Cpu& cpu = this_cpu();
        if (cpu.current == nullptr || cpu.is_idle()) {
            vprint_unlocked(format, arguments);  // before the first thread
        } else if (cpu.in_isr || !arch::Port::irq_enabled()) {
            print_from_isr(format, arguments);
        } else {
            print_from_thread(format, arguments);
        }
    }
}

}  // namespace pegplan::kernel
