// CPUs leave and come back at run time.
//
// Who stops a CPU
//   1. says, under the lock of the CPU's domain, that it is no longer online. From then on nobody is placed there: `place` and `rehome` ask
//      under that lock.
//   2. takes those that wait out of its run queue, one critical section for each, and readies them elsewhere.
//   3. has it choose anew. The thread that runs there leaves (`leave_forbidden_cpu`), and the idle thread follows, for ever.
// The idle thread then gives away the CPU's timer queue, masked (`leave_if_told`): no interrupt of that CPU's timer comes in between, and nobody but
// that CPU inserts into it. Threads that are blocked without a time limit keep their place there; whoever wakes them moves them.
//
// Invariants
//   I1  A CPU that is not online has nobody in its run queue but for a moment: who is found there in step 2, or runs.
//   I2  When `gone` is true the CPU holds no lock, and writes no memory of the kernel's: it may be ended from outside, and started
//       again.
//   I3  One CPU is stopped or started at a time (`control_mutex`).
//
// Memory orders: `online` is read and written under the domain's lock, where it decides. `gone` is stored with release as the CPU's last
// step, and loaded with acquire by whoever goes on to start it.
#include "core/smp/cpu_control.hpp"

#include "core/sched/section.hpp"
#include "core/sched/thread_policy.hpp"
#include "core/smp/start.hpp"
#include "core/smp/stealing.hpp"
#include "core/thread/thread_table.hpp"

#include <pegplan/cpu_control.hpp>
#include <pegplan/mutex.hpp>
#include <pegplan/semaphore.hpp>
#include <pegplan/timer.hpp>

#include <mutex>

namespace pegplan::kernel {

namespace {

constinit Mutex<> control_mutex{};

/// Given by a CPU that has given away all that it had.
constinit BinarySemaphore has_left{};

Cpu& named(CpuId cpu) noexcept
{
    return cpus[cpu.index()];
}

void go_offline(Cpu& cpu) noexcept
{
    const InterruptMask masked;
    lock_domain(cpu);
    cpu.sharing.online.store(false, std::memory_order_relaxed);
    unlock_domain(cpu);
}

/// Takes it out of service, unless somebody has been promised time there.
template <class C>
bool close(C& cpu) noexcept
{
    if constexpr (timed_policy) {
        return close_unless_claimed(cpu, go_offline);
    } else {
        go_offline(cpu);
        return true;
    }
}

/// Moves one of those that wait there for their turn. Returns whether there was one; if not, the CPU is told to send away the one that runs.
bool evacuate_one(Cpu& cpu) noexcept
{
    const SchedulerSection section;
    Cpu& here = this_cpu();
    lock_domain(cpu);
    ThreadControl* const waiting =
        cpu.run_queue.find([&cpu](const ThreadControl& thread) { return &thread == cpu.current ? sched::Search::pass : sched::Search::take; });
    if (waiting != nullptr) {
        tell_time(cpu);
        cpu.run_queue.dequeue(*waiting);
        make_ready(here, *waiting);
    } else {
        request_reschedule(here, cpu);
    }
    unlock_domain(cpu);
    return waiting != nullptr;
}

/// Gives a blocked thread, whose time limit is the next one to pass here, and the limit to another CPU.
void give_away(Cpu& here, ThreadControl& thread) noexcept
{
    lock_domain(here);
    Cpu& to = find_home(thread);
    unlock_domain(here);
    lock_domains(here, to);
    if (here.timers.next() == &thread && may_stay(thread, to)) {
        TimerQueue::cancel(thread, here.timers);
        move_to(thread, to);
        insert_elsewhere(to, thread, thread.deadline);
    }
    unlock_domains(here, to);
}

/// Gives the next entry of the calling CPU's timer queue to another CPU. Returns false if there was none.
bool give_away_next(Cpu& here) noexcept
{
    lock_domain(here);
    Timeout* const next = here.timers.next();
    const bool is_timer = next != nullptr && next->is_timer;
    unlock_domain(here);
    // By now a timer may be destroyed, or a wait have ended: it is looked for again under the locks that keep it. Records of
    // threads are never anything else.
    if (is_timer) {
        TimerCore::give_away(*next, here, cpus[0]);
    } else if (next != nullptr) {
        give_away(here, static_cast<ThreadControl&>(*next));
    }
    return next != nullptr;
}

/// Threads that may not use the first CPU are there only because theirs were away. Who is not ready is placed when it is.
void bring_back(ThreadControl& thread) noexcept
{
    const SchedulerSection section;
    Cpu& cpu = lock_domain_of(thread);
    if (&cpu == &cpus[0] && thread.id != ThreadId{} && thread.holds == hold_none && !may_stay(thread, cpu)) {
        reconsider(thread);
    }
    unlock_domain(cpu);
}

}  // namespace

void insert_elsewhere(Cpu& cpu, Timeout& timeout, arch::Ticks deadline) noexcept
{
    if (cpu.timers.insert(timeout, deadline)) {
        notify(cpu);  // its handler looks when it must be woken
    }
}

void leave_if_told(Cpu& cpu) noexcept
{
    if (cpu.sharing.online.load(std::memory_order_relaxed)) [[likely]] {
        return;
    }
    if constexpr (config::sched_stealing) {
        end_idleness(cpu);
    }
    while (give_away_next(cpu)) {
        settle();
    }
    static_cast<void>(has_left.release());
    cpu.sharing.gone.store(true, std::memory_order_release);
    arch::Port::stop_this_cpu();
}

Result<void> stop_cpu(CpuId id) noexcept
{
    const std::lock_guard guard{control_mutex};
    Cpu& cpu = named(id);
    if (!cpu.sharing.online.load(std::memory_order_relaxed)) {
        return {};
    }
    if (!close(cpu)) {
        return Error::deadlines_admitted;
    }
    while (evacuate_one(cpu)) {
    }
    has_left.acquire();
    while (!cpu.sharing.gone.load(std::memory_order_acquire)) {
        arch::Port::relax();
    }
    return {};
}

Result<void> start_cpu(CpuId id) noexcept
{
    const std::lock_guard guard{control_mutex};
    Cpu& cpu = named(id);
    if (cpu.sharing.online.load(std::memory_order_relaxed)) {
        return {};
    }
    if (!start_again(cpu)) {
        return Error::cpu_does_not_start;
    }
    for_each_record([](ThreadControl& thread) { bring_back(thread); });
    return {};
}

CpuSet online_cpus() noexcept
{
    CpuSet set;
    for (const Cpu& cpu : cpus) {
        if (cpu.sharing.online.load(std::memory_order_relaxed)) {
            set.add(CpuId{cpu.sharing.index});
        }
    }
    return set;
}

}  // namespace pegplan::kernel
