// What threads do to themselves and to each other, through the handle.
#include <pegplan/thread.hpp>

#include "core/sched/section.hpp"
#include "core/sched/thread_policy.hpp"
#include "core/sync/priority_inheritance.hpp"
#include "core/thread/lifecycle.hpp"
#include "core/time/conversion.hpp"

#include <pegplan/config/memory.hpp>

namespace pegplan {

namespace {

using kernel::Cpu;
using kernel::ThreadControl;
using kernel::ThreadLock;

/// Whether the handle's thread exists and has not finished. Its domain is locked.
bool is_alive(const ThreadControl& control, ThreadId id) noexcept
{
    return control.id == id && !control.finished();
}

/// What `look` finds at the handle's thread, or `nothing` if that is gone.
template <class Look, class T>
[[gnu::always_inline]] inline T look_at(const ThreadControl* control, ThreadId id, T nothing, Look look) noexcept
{
    if (control == nullptr) {
        return nothing;
    }
    const ThreadLock lock{*control};
    return control->id == id ? look(*control) : nothing;
}

/// Does to the handle's thread what must be done with its domain locked. Error: no_thread.
template <class Act>
[[gnu::always_inline]] inline Result<void> act_on(ThreadControl* control, ThreadId id, Act act) noexcept
{
    if (control == nullptr) {
        return Error::no_thread;
    }
    const kernel::SchedulerSection section;
    Cpu& cpu = kernel::lock_domain_of(*control);
    const Result<void> result = is_alive(*control, id) ? act(*control) : Result<void>{Error::no_thread};
    kernel::unlock_domain(cpu);
    return result;
}

/// Looks at the stack piece by piece, so that interrupts are not masked for long. 0 when it ends meanwhile.
std::size_t stack_used_by(const ThreadControl* control, ThreadId id) noexcept
{
    for (std::size_t untouched = 0; config::stack_painting && control != nullptr;) {
        const ThreadLock lock{*control};
        if (control->id != id) {
            return 0;
        }
        const std::size_t more = kernel::untouched_bytes(control->stack.memory, untouched);
        if (more == untouched) {
            return control->stack.memory.size() - untouched;
        }
        untouched = more;
    }
    return 0;
}

ThreadState state_of(const ThreadControl& thread) noexcept
{
    if (thread.finished()) {
        return ThreadState::finished;
    }
    if ((thread.holds & kernel::hold_suspended) != 0) {
        return ThreadState::suspended;
    }
    return thread.holds == kernel::hold_none ? ThreadState::ready : ThreadState::blocked;
}

template <class T>
std::uint64_t overruns_of([[maybe_unused]] const T& thread) noexcept
{
    if constexpr (config::sched_edf) {
        return thread.sched.overruns;
    } else {
        return 0;
    }
}

}  // namespace

std::string_view Thread::name() const noexcept
{
    return look_at(control_, id_, std::string_view{}, [](const ThreadControl& control) { return std::string_view{control.name.data()}; });
}

Priority Thread::priority() const noexcept
{
    return look_at(control_, id_, Priority::lowest(), [](const ThreadControl& control) { return Priority{control.priority}; });
}

Priority Thread::base_priority() const noexcept
{
    return look_at(control_, id_, Priority::lowest(), [](const ThreadControl& control) { return Priority{control.base_priority}; });
}

Result<void> Thread::set_priority(Priority priority) const noexcept
{
    if (!priority.in_range()) {
        return Error::priority_out_of_range;
    }
    if (control_ == nullptr) {
        return Error::no_thread;
    }
    const kernel::Section section{kernel::inheritance_lock};  // with which a thread ends
    Cpu& cpu = kernel::lock_domain_of(*control_);
    const bool alive = is_alive(*control_, id_);
    kernel::unlock_domain(cpu);
    if (!alive) {
        return Error::no_thread;
    }
    kernel::set_base_priority(kernel::this_cpu(), *control_, static_cast<std::uint8_t>(priority.level()));
    return {};
}

namespace {

/// As if it were on one CPU, where a set is either empty or all there is.
template <class T>
CpuSet affinity_of(const T& thread) noexcept
{
    if constexpr (config::smp) {
        return thread.placement.affinity;
    } else {
        return CpuSet::all();
    }
}

template <class T>
Result<void> confine([[maybe_unused]] T& thread, [[maybe_unused]] const CpuSet& cpus) noexcept
{
    if constexpr (kernel::timed_policy) {
        if (!kernel::may_be_confined(thread, cpus)) {
            return Error::not_schedulable;
        }
    }
    if constexpr (config::smp) {
        kernel::change_affinity(thread, cpus);
    }
    return {};
}

}  // namespace

CpuSet Thread::affinity() const noexcept
{
    return look_at(control_, id_, CpuSet{}, [](const ThreadControl& control) { return affinity_of(control); });
}

Result<void> Thread::set_affinity(const CpuSet& cpus) const noexcept
{
    if (const Result<void> checked = kernel::check_affinity(cpus); !checked) {
        return checked;
    }
    return act_on(control_, id_, [&cpus](ThreadControl& control) { return confine(control, cpus); });
}

CpuId Thread::cpu() const noexcept
{
    return look_at(control_, id_, CpuId{0},
                   [](const ThreadControl& control) { return CpuId{kernel::cpu_of(control).sharing.index}; });
}

namespace {

/// On one CPU: suspends the handle's thread if that is the running one, of which nothing else need be asked.
[[gnu::always_inline]] inline bool suspend_caller([[maybe_unused]] ThreadControl* control, [[maybe_unused]] ThreadId id) noexcept
{
    if constexpr (!config::smp) {
        // Whoever runs stays the one that runs, and has its id, for as long as it looks.
        Cpu& cpu = kernel::this_cpu();
        if (control == cpu.current && !cpu.in_isr && control->id == id) [[likely]] {
            const kernel::InterruptMask masked;
            kernel::suspend_running(cpu, *control);
            return true;
        }
    }
    return false;
}

/// On one CPU: resumes the handle's thread if it is suspended and nothing else.
[[gnu::always_inline]] inline bool resume_suspended(ThreadControl* control, ThreadId id) noexcept
{
    if constexpr (!config::smp) {
        if (control != nullptr) [[likely]] {
            const kernel::InterruptMask masked;
            if (control->id == id && control->holds == kernel::hold_suspended) [[likely]] {
                control->holds = kernel::hold_none;
                if (!kernel::ready_at_once(kernel::this_cpu(), *control)) {
                    kernel::make_ready(kernel::this_cpu(), *control);
                    kernel::end_section();
                }
                return true;
            }
        }
    }
    return false;
}

/// Any thread. Out of line, so that the usual ways save no registers for these.
[[gnu::noinline]] Result<void> suspend_any(ThreadControl* control, ThreadId id) noexcept
{
    return act_on(control, id, [](ThreadControl& thread) {
        kernel::suspend(kernel::this_cpu(), thread);
        return Result<void>{};
    });
}

[[gnu::noinline]] Result<void> resume_any(ThreadControl* control, ThreadId id) noexcept
{
    return act_on(control, id, [](ThreadControl& thread) {
        kernel::resume(kernel::this_cpu(), thread);
        return Result<void>{};
    });
}

}  // namespace

Result<void> Thread::suspend() const noexcept
{
    if (suspend_caller(control_, id_)) {
        return {};
    }
    return suspend_any(control_, id_);
}

Result<void> Thread::resume() const noexcept
{
    if (resume_suspended(control_, id_)) {
        return {};
    }
    return resume_any(control_, id_);
}

ThreadStats Thread::stats() const noexcept
{
    const std::size_t stack_used = stack_used_by(control_, id_);
    if (control_ == nullptr) {
        return {};
    }
    const ThreadLock lock{*control_};
    if (control_->id != id_) {
        return {};
    }
    ThreadStats stats{.state = state_of(*control_), .stack_size = kernel::usable_bytes(control_->stack)};
    stats.stack_used = stack_used;
    const arch::Ticks run_time = control_->account.run_time(control_ == kernel::cpu_of(*control_).current);
    stats.switches = control_->account.switches();
    stats.overruns = overruns_of(*control_);
    stats.run_time = std::chrono::nanoseconds{kernel::KernelTime::nanoseconds(run_time)};
    return stats;
}

Thread current_thread() noexcept
{
    ThreadControl& current = kernel::running_thread();
    return {current, current.id};
}

namespace this_thread {

void exit() noexcept
{
    kernel::finish_thread(nullptr, nullptr);
}

}  // namespace this_thread

namespace kernel {

void sleep(Deadline deadline) noexcept
{
    if (!deadline.has_passed()) {
        const SchedulerSection section;
        enter_wait(nullptr, deadline.ticks());
        static_cast<void>(leave_wait());
    }
}

}  // namespace kernel

namespace this_cpu {

CpuId id() noexcept
{
    return CpuId{kernel::this_cpu().sharing.index};
}

}  // namespace this_cpu

}  // namespace pegplan
