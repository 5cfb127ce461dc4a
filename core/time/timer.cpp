// Timers.
#include <pegplan/timer.hpp>

#include "core/sched/section.hpp"
#include "core/smp/cpu_control.hpp"
#include "core/time/conversion.hpp"

#include <pegplan/board/memory_map.hpp>
#include <pegplan/config/thread.hpp>

#include <algorithm>
#include <cstdint>

namespace pegplan::kernel {

static_assert(!config::compact_timeouts ||
                  std::ranges::all_of(board::memory_regions,
                                      [](const arch::MemoryRegion& region) {
                                          return region.kind != arch::MemoryKind::ram ||
                                                 region.base + region.size <= std::uint64_t{1} << 32U;
                                      }),
              "COMPACT_TIMEOUTS: this board has RAM at 4 GiB or above; turn the option off");

namespace {

/// Calls a timer's function, outside of the critical section: it may use whatever it likes. Others see meanwhile that it runs, as soon as
/// they can see that it stands in no queue.
template <class C>
void call_outside([[maybe_unused]] C& cpu, TimerCore& timer, TimerCore::Call call) noexcept
{
    if constexpr (config::smp) {
        cpu.sharing.expiring.store(&timer, std::memory_order_relaxed);
        unlock_domain(cpu);
        call(timer);
        // Release: whoever waits for the end sees all that the function did.
        cpu.sharing.expiring.store(nullptr, std::memory_order_release);
        lock_domain(cpu);
    } else {
        call(timer);
    }
}

/// Returns when no other CPU runs the timer's function. It stands in no queue: nobody begins to.
template <class C = Cpu, class Port = arch::Port>
void await_call([[maybe_unused]] const TimerCore& timer) noexcept
{
    if constexpr (config::smp) {
        const C* const own = in_isr() ? &this_cpu() : nullptr;  // the function itself may end its timer
        for (const C& cpu : cpus) {
            while (&cpu != own && cpu.sharing.expiring.load(std::memory_order_acquire) == &timer) {
                Port::relax();
            }
        }
    }
}

/// Whose queue that is.
template <class Queue>
Cpu& cpu_with(const Queue& queue) noexcept
{
    return *std::ranges::find(cpus, &queue, [](const Cpu& cpu) { return &cpu.timers; });
}

/// The CPU in whose queue a timer stands, or stood last. The timer's own lock is held, under which alone that changes.
template <class Place>
Cpu& queue_of([[maybe_unused]] const Place& place) noexcept
{
    if constexpr (config::smp) {
        return place.is_set() ? cpu_with(place.get()) : this_cpu();
    } else {
        return cpus[0];
    }
}

/// Locks the domain of a CPU in a critical section.
class OnCpu {
public:
    explicit OnCpu(Cpu& cpu) noexcept : cpu_{cpu} { lock_domain(cpu_); }
    ~OnCpu() { unlock_domain(cpu_); }
    OnCpu(const OnCpu&) = delete;
    OnCpu& operator=(const OnCpu&) = delete;

private:
    Cpu& cpu_;
};

}  // namespace

// Where there are several CPUs a timer has a lock of its own, by which it is started and stopped by one at a time, and which knows in whose
// queue it stands. Whether it stands there, and all its times and counts, are protected by the lock of that CPU's domain.

void TimerCore::start(Clock::time_point first, std::chrono::nanoseconds period) noexcept
{
    const arch::Ticks ticks = to_ticks(first.time_since_epoch());
    const Section section{lock_};
    if (!may_start()) {
        return;
    }
    static_cast<void>(cancel());
    Cpu& cpu = this_cpu();
    const OnCpu here{cpu};
    next_ = first;
    period_ = period;
    if (cpu.timers.insert(*this, ticks)) {
        require_interrupt(cpu, ticks);
    }
}

/// The lock is held.
bool TimerCore::cancel() noexcept
{
    Cpu& cpu = queue_of(place);
    const OnCpu there{cpu};
    const bool was_running = is_linked();
    if (was_running) {
        TimerQueue::cancel(*this, cpu.timers);
    }
    return was_running;
}

bool TimerCore::stop() noexcept
{
    const Section section{lock_};
    return cancel();
}

bool TimerCore::stop_for_good() noexcept
{
    stoppers_.fetch_add(1, std::memory_order_relaxed);
    const bool was_running = stop();
    await_call(*this);
    return was_running;
}

void TimerCore::allow_starts() noexcept
{
    stoppers_.fetch_sub(1, std::memory_order_relaxed);
}

bool TimerCore::is_running() const noexcept
{
    const Section section{lock_};
    const OnCpu there{queue_of(place)};
    return is_linked();
}

std::optional<std::chrono::nanoseconds> TimerCore::remaining() const noexcept
{
    const Section section{lock_};
    const OnCpu there{queue_of(place)};
    if (!is_linked()) {
        return std::nullopt;
    }
    const auto now = Clock::now();
    return next_ > now ? next_ - now : std::chrono::nanoseconds{0};
}

void TimerCore::expire(Cpu& cpu, Timeout& timeout, arch::Ticks now) noexcept
{
    auto& timer = static_cast<TimerCore&>(timeout);
    timer.expirations_.increment();
    if (timer.period_.count() > 0) {
        timer.next_ += timer.period_;
        if (to_ticks(timer.next_.time_since_epoch()) <= now) {
            const auto late = Clock::now() - timer.next_;
            const auto lost = late / timer.period_ + 1;
            timer.missed_.add(static_cast<std::uint32_t>(lost));
            timer.next_ += lost * timer.period_;
        }
        cpu.timers.insert(timer, to_ticks(timer.next_.time_since_epoch()));
    }
    call_outside(cpu, timer, timer.call_);
}

namespace {

/// The same with what exists on several CPUs alone.
template <class C, class Lock>
void give_away_from(C& from, C& to, Timeout& next, const Lock& lock) noexcept
{
    if constexpr (config::smp) {
        // Chosen by the address, so it exists even if the timer does not any more.
        HeldLock held{lock};
        lock_domains(from, to);
        if (from.timers.next() == &next) {
            TimerQueue::cancel(next, from.timers);
            insert_elsewhere(to, next, next.deadline);
        }
        unlock_domains(from, to);
        held.release();
    }
}

}  // namespace

void TimerCore::give_away(Timeout& next, Cpu& from, Cpu& to) noexcept
{
    give_away_from(from, to, next, static_cast<TimerCore&>(next).lock_);
}

}  // namespace pegplan::kernel
