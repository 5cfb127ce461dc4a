// Timers.
#include <pegplan/timer.hpp>

#include "core/sched/section.hpp"
#include "core/time/conversion.hpp"

#include <pegplan/config/thread.hpp>

namespace pegplan::kernel {

void TimerCore::start(Clock::time_point first, std::chrono::nanoseconds period) noexcept
{
    const arch::Ticks ticks = to_ticks(first.time_since_epoch());
    const Section section;
    if (!may_start()) {
        return;
    }
    Cpu& cpu = this_cpu();
    if (is_linked()) {
        cpu.timers.remove(*this);
    }
    next_ = first;
    period_ = period;
    if (cpu.timers.insert(*this, ticks)) {
        require_interrupt(cpu, ticks);
    }
}

bool TimerCore::stop() noexcept
{
    const Section section;
    const bool was_running = is_linked();
    if (was_running) {
        this_cpu().timers.remove(*this);
    }
    return was_running;
}

bool TimerCore::stop_for_good() noexcept
{
    stoppers_.fetch_add(1, std::memory_order_relaxed);
    return stop();
}

void TimerCore::allow_starts() noexcept
{
    stoppers_.fetch_sub(1, std::memory_order_relaxed);
}

bool TimerCore::is_running() const noexcept
{
    const Section section;
    return is_linked();
}

std::optional<std::chrono::nanoseconds> TimerCore::remaining() const noexcept
{
    const Section section;
    if (!is_linked()) {
        return std::nullopt;
    }
    const auto now = Clock::now();
    return next_ > now ? next_ - now : std::chrono::nanoseconds{0};
}

void TimerCore::expire(Cpu& cpu, Timeout& timeout, arch::Ticks now) noexcept
{
    auto& timer = static_cast<TimerCore&>(timeout);
    ++timer.expirations_;
    if (timer.period_.count() > 0) {
        timer.next_ += timer.period_;
        if (to_ticks(timer.next_.time_since_epoch()) <= now) {
            const auto late = Clock::now() - timer.next_;
            const auto lost = late / timer.period_ + 1;
            timer.missed_ += static_cast<std::uint32_t>(lost);
            timer.next_ += lost * timer.period_;
        }
        cpu.timers.insert(timer, to_ticks(timer.next_.time_since_epoch()));
    }
    timer.call_(timer);
}

}  // namespace pegplan::kernel
