// Threads with deadlines: what they may ask for, and on which CPU they get it.
#include "core/sched/section.hpp"
#include "core/sched/thread_policy.hpp"
#include "core/time/conversion.hpp"

#include <pegplan/config/sched.hpp>
#include <pegplan/config/thread.hpp>

#include <algorithm>
#include <array>
#include <chrono>

namespace pegplan::kernel {

namespace {

constexpr unsigned percent = 100;

/// Each bandwidth is rounded up by less than one unit, so that those whose exact sum is the limit need that much more.
constexpr sched::Bandwidth roundings = config::max_threads;
constexpr sched::Bandwidth limit =
    std::min(sched::whole_cpu, sched::whole_cpu * config::edf_share_percent / percent + roundings);

/// Far from the end of what ticks of any counter can count, so that sums do not wrap.
constexpr std::chrono::hours longest_period{10 * 365 * 24};

/// Of the CPUs that the thread may use, the one of which the least is claimed.
template <class T, class C>
C* find_room([[maybe_unused]] const T& thread, sched::Bandwidth wanted, std::array<C, config::cpus>& all) noexcept
{
    if constexpr (config::smp) {
        C* best = nullptr;
        for (C& cpu : all) {
            if (cpu.sharing.online.load(std::memory_order_relaxed) && thread.placement.affinity.contains(CpuId{cpu.sharing.index}) &&
                cpu.run_queue.reservations().fits(wanted, limit) &&
                (best == nullptr || cpu.run_queue.reservations().claimed() < best->run_queue.reservations().claimed())) {
                best = &cpu;
            }
        }
        return best;
    } else {
        return all[0].run_queue.reservations().fits(wanted, limit) ? &all[0] : nullptr;
    }
}

template <class T, class C>
void give_place([[maybe_unused]] T& thread, [[maybe_unused]] C& cpu) noexcept
{
    if constexpr (config::smp) {
        C& before = cpu_of(thread);
        lock_domains(before, cpu);
        thread.placement.cpu = &cpu;
        unlock_domains(before, cpu);
    }
}

/// Under which all reservations are read and changed: the run queues themselves never look at them.
constinit WaitLock admission_lock{};

template <class T>
bool stays_among([[maybe_unused]] const T& thread, [[maybe_unused]] const CpuSet& affinity) noexcept
{
    if constexpr (config::smp) {
        return affinity.contains(CpuId{cpu_of(thread).sharing.index});
    } else {
        return true;
    }
}

}  // namespace

Result<void> check_policy_options(const ThreadOptions& options) noexcept
{
    if (!options.deadline) {
        return {};
    }
    const DeadlineParameters& wanted = *options.deadline;
    if (wanted.runtime.count() <= 0 || wanted.runtime < config::edf_runtime_min) {
        return Error::invalid_duration;
    }
    if (wanted.runtime > wanted.deadline) {
        return Error::runtime_beyond_deadline;
    }
    if (wanted.deadline > wanted.period) {
        return Error::deadline_beyond_period;
    }
    return wanted.period <= longest_period ? Result<void>{} : Result<void>{Error::invalid_duration};
}

Result<void> admit(ThreadControl& thread, const ThreadControl&, const ThreadOptions& options) noexcept
{
    thread.sched = {};
    if (!options.deadline) {
        return {};
    }
    const QuietSection section{admission_lock};
    thread.sched.set(to_ticks(options.deadline->runtime), to_ticks(options.deadline->deadline), to_ticks(options.deadline->period));
    Cpu* const cpu = find_room(thread, thread.sched.bandwidth, cpus);
    if (cpu == nullptr || !cpu->run_queue.reservations().claim(thread.sched.bandwidth, limit)) {
        thread.sched = {};
        return Error::not_schedulable;
    }
    give_place(thread, *cpu);
    return {};
}

void retire(ThreadControl& thread) noexcept
{
    if (thread.sched.has_deadline()) {
        const QuietSection section{admission_lock};
        cpu_of(thread).run_queue.reservations().give_back(thread.sched.bandwidth);
    }
}

bool may_be_confined(const ThreadControl& thread, const CpuSet& affinity) noexcept
{
    return !thread.sched.has_deadline() || stays_among(thread, affinity);
}

bool close_unless_claimed(Cpu& cpu, void (*go_offline)(Cpu& cpu) noexcept) noexcept
{
    const QuietSection section{admission_lock};
    if (cpu.run_queue.reservations().claimed() != 0) {
        return false;
    }
    go_offline(cpu);
    return true;
}

}  // namespace pegplan::kernel
