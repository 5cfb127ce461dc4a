// Which CPU a thread runs on.
#include "core/smp/placement.hpp"

#include "core/sched/scheduler.hpp"
#include "core/smp/ipi.hpp"
#include "core/smp/settle.hpp"
#include "core/smp/stealing.hpp"

namespace pegplan::kernel {

namespace {

using sched::Search;

CpuId id_of(const Cpu& cpu) noexcept
{
    return CpuId{cpu.sharing.index};
}

bool is_online(const Cpu& cpu) noexcept
{
    return cpu.sharing.online.load(std::memory_order_relaxed);
}

}  // namespace

bool may_use(const ThreadControl& thread, const Cpu& cpu) noexcept
{
    return is_online(cpu) && thread.placement.affinity.contains(id_of(cpu));
}

namespace {

/// Who will run there once the CPU has done what it has been asked for; null if nobody.
const ThreadControl* expected(const Cpu& cpu) noexcept
{
    if (cpu.reschedule || cpu.is_idle()) {
        return cpu.run_queue.pick();
    }
    return cpu.current;
}

/// The CPU that idles or, if `thread` would preempt it, runs the least urgent thread, of those that `thread` may use, and that
/// `passes`. Null if it is due nowhere. The CPU on which it was last comes first among equals.
template <class Passes>
Cpu* find_due(const ThreadControl& thread, Passes passes) noexcept
{
    Cpu* best = nullptr;
    const ThreadControl* least = nullptr;
    const auto consider = [&](Cpu& cpu) {
        if (!may_use(thread, cpu) || !passes(cpu) || (best != nullptr && least == nullptr)) {
            return;
        }
        const ThreadControl* const running = expected(cpu);
        if (running != nullptr && !cpu.run_queue.should_preempt(thread, best == nullptr ? *running : *least)) {
            return;
        }
        if (running == nullptr || best == nullptr || cpu.run_queue.should_preempt(*least, *running)) {
            best = &cpu;
            least = running;
        }
    };
    consider(cpu_of(thread));
    for (Cpu& cpu : cpus) {
        consider(cpu);
    }
    return best;
}

void count(Cpu& cpu, int more) noexcept
{
    cpu.sharing.threads.fetch_add(static_cast<std::uint32_t>(more), std::memory_order_relaxed);
}

std::uint32_t threads_of(const Cpu& cpu) noexcept
{
    return cpu.sharing.threads.load(std::memory_order_relaxed);
}

void move(ThreadControl& thread, Cpu& cpu) noexcept
{
    if (&cpu_of(thread) != &cpu) {
        count(cpu_of(thread), -1);
        count(cpu, +1);
        thread.placement.cpu = &cpu;
    }
}

Cpu& first_allowed(const ThreadControl& thread) noexcept
{
    Cpu* best = nullptr;
    for (Cpu& cpu : cpus) {
        if (may_use(thread, cpu) && (best == nullptr || threads_of(cpu) < threads_of(*best))) {
            best = &cpu;
        }
    }
    // A set of CPUs that are all offline holds nobody: the first CPU is always online.
    return best != nullptr ? *best : cpus[0];
}

/// Whether a thread of the run queue of `cpu` waits for a CPU.
bool is_waiting(const Cpu& cpu, const ThreadControl& thread) noexcept
{
    return &thread != cpu.current;
}

/// Whether a thread that was expected on `cpu` waits in its run queue. It may have been taken over, blocked, or have come to its end and
/// be another one since.
bool still_waits_on(const Cpu& cpu, const ThreadControl& thread) noexcept
{
    return &cpu_of(thread) == &cpu && thread.holds == hold_none && is_waiting(cpu, thread) && !thread.placement.homeless;
}

/// Moves a thread, if it waits, to another CPU where it is due. Returns whether it was.
bool settle_waiting(Cpu& here, ThreadControl& thread) noexcept
{
    Cpu& cpu = cpu_of(thread);
    if (!still_waits_on(cpu, thread)) {
        return false;
    }
    Cpu* const due = find_due(thread, [&cpu](const Cpu& other) { return &other != &cpu; });
    if (due == nullptr) {
        return false;
    }
    cpu.run_queue.dequeue(thread);
    move(thread, *due);
    due->run_queue.enqueue(thread);
    expect(here, *due, thread);
    request_reschedule(here, *due);
    return true;
}

}  // namespace

void expect(Cpu& here, Cpu& cpu, ThreadControl& thread) noexcept
{
    ThreadControl* const displaced = cpu.sharing.coming;
    if (displaced == nullptr || !still_waits_on(cpu, *displaced)) {
        cpu.sharing.coming = &thread;
    } else if (displaced != &thread && cpu.run_queue.should_preempt(thread, *displaced)) {
        cpu.sharing.coming = &thread;
        static_cast<void>(settle_waiting(here, *displaced));
    }
}

bool meet_expectation(Cpu& cpu) noexcept
{
    ThreadControl* const coming = std::exchange(cpu.sharing.coming, nullptr);
    return coming == nullptr || coming == cpu.run_queue.pick() || !settle_waiting(cpu, *coming);
}

bool place(Cpu& here, ThreadControl& thread) noexcept
{
    if (thread.placement.homeless) {
        return false;
    }
    Cpu& last = cpu_of(thread);
    if (last.current == &thread) {
        return true;
    }
    if constexpr (config::sched_global) {
        if (Cpu* const due = find_due(thread, [](const Cpu&) { return true; })) {
            move(thread, *due);
            return true;
        }
    }
    if (may_stay(thread, last)) {
        return true;
    }
    if constexpr (config::sched_global) {
        move(thread, first_allowed(thread));
        return true;
    } else {
        put_off_move(here, thread);
        return false;
    }
}

void pull(Cpu& cpu) noexcept
{
    ThreadControl* best = cpu.run_queue.pick();
    Cpu* from = nullptr;
    for (Cpu& other : cpus) {
        if (&other == &cpu) {
            continue;
        }
        ThreadControl* const found = other.run_queue.find([&](const ThreadControl& thread) {
            if (best != nullptr && !cpu.run_queue.should_preempt(thread, *best)) {
                return Search::stop;
            }
            return is_waiting(other, thread) && may_use(thread, cpu) ? Search::take : Search::pass;
        });
        if (found != nullptr) {
            best = found;
            from = &other;
        }
    }
    if (from != nullptr) {
        from->run_queue.dequeue(*best);
        move(*best, cpu);
        cpu.run_queue.enqueue(*best);
    }
}

void note_left(Cpu& cpu) noexcept
{
    cpu.sharing.left = cpu.is_idle() ? nullptr : cpu.current;
}

void leave_forbidden_cpu(Cpu& cpu) noexcept
{
    ThreadControl& thread = *cpu.current;
    if (!cpu.is_idle() && thread.holds == hold_none && !may_stay(thread, cpu)) [[unlikely]] {
        cpu.run_queue.dequeue(thread);
        cpu.slice_over = true;
        thread.placement.homeless = true;
    }
}

void settle_left(Cpu& here) noexcept
{
    ThreadControl* const left = std::exchange(here.sharing.left, nullptr);
    if (left == nullptr) {
        return;
    }
    if constexpr (config::sched_global) {
        const bool homeless = std::exchange(left->placement.homeless, false);
        if (left->holds != hold_none) {
            return;
        }
        if (homeless) {
            make_ready(here, *left);
        } else {
            static_cast<void>(settle_waiting(here, *left));
        }
    } else if (left->placement.homeless) {
        put_off_move(here, *left);
    } else if (config::sched_stealing && left->holds == hold_none) {
        offer(here, *left);
    }
}

namespace {

/// Whether a policy with admission has chosen its CPU.
template <class T>
bool was_admitted([[maybe_unused]] const T& thread) noexcept
{
    if constexpr (config::sched_edf) {
        return thread.sched.has_deadline();
    } else {
        return false;
    }
}

}  // namespace

Cpu& choose_first(const ThreadControl& thread) noexcept
{
    return was_admitted(thread) ? cpu_of(thread) : first_allowed(thread);
}

Cpu& find_home(const ThreadControl& thread) noexcept
{
    return first_allowed(thread);
}

bool may_stay(const ThreadControl& thread, const Cpu& cpu) noexcept
{
    return may_use(thread, cpu) || &first_allowed(thread) == &cpu;
}

void move_to(ThreadControl& thread, Cpu& cpu) noexcept
{
    move(thread, cpu);
}

void begin_at(ThreadControl& thread, Cpu& cpu) noexcept
{
    count(cpu, +1);
    thread.placement.cpu = &cpu;
}

void forget_place(ThreadControl& thread) noexcept
{
    count(cpu_of(thread), -1);
}

void reconsider(ThreadControl& thread) noexcept
{
    if (thread.placement.homeless) {
        return;  // whoever moves it looks again
    }
    Cpu& here = this_cpu();
    Cpu& cpu = cpu_of(thread);
    if (&thread == cpu.current) {
        if (!may_stay(thread, cpu)) {
            // See leave_forbidden_cpu.
            request_reschedule(here, cpu);
        }
    } else if (thread.holds == hold_none) {
        cpu.run_queue.dequeue(thread);
        make_ready(here, thread);
    }
}

void change_affinity(ThreadControl& thread, const CpuSet& affinity) noexcept
{
    thread.placement.affinity = affinity;
    reconsider(thread);
}

}  // namespace pegplan::kernel
