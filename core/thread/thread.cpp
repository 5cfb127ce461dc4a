// What threads do to themselves and to each other, through the handle.
#include <pegplan/thread.hpp>

#include "core/sched/section.hpp"
#include "core/sync/priority_inheritance.hpp"
#include "core/thread/lifecycle.hpp"
#include "core/time/conversion.hpp"

#include <pegplan/config/memory.hpp>

namespace pegplan {

namespace {

using kernel::Cpu;
using kernel::SchedulerLock;
using kernel::ThreadControl;

/// Whether the handle's thread exists and has not finished. The scheduler lock is held.
bool is_alive(const ThreadControl* control, ThreadId id) noexcept
{
    return control != nullptr && control->id == id && !control->finished();
}

/// Looks at the stack piece by piece, so that interrupts are not masked for long. 0 when it ends meanwhile.
std::size_t stack_used_by(const ThreadControl* control, ThreadId id) noexcept
{
    for (std::size_t untouched = 0; config::stack_painting;) {
        const SchedulerLock lock;
        if (control == nullptr || control->id != id) {
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

}  // namespace

std::string_view Thread::name() const noexcept
{
    const SchedulerLock lock;
    return control_ != nullptr && control_->id == id_ ? std::string_view{control_->name.data()} : std::string_view{};
}

Priority Thread::priority() const noexcept
{
    const SchedulerLock lock;
    return control_ != nullptr && control_->id == id_ ? Priority{control_->priority} : Priority::lowest();
}

Priority Thread::base_priority() const noexcept
{
    const SchedulerLock lock;
    return control_ != nullptr && control_->id == id_ ? Priority{control_->base_priority} : Priority::lowest();
}

Result<void> Thread::set_priority(Priority priority) const noexcept
{
    if (!priority.in_range()) {
        return Error::priority_out_of_range;
    }
    const kernel::Section section;
    if (!is_alive(control_, id_)) {
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

}  // namespace

CpuSet Thread::affinity() const noexcept
{
    const SchedulerLock lock;
    return control_ != nullptr && control_->id == id_ ? affinity_of(*control_) : CpuSet{};
}

Result<void> Thread::set_affinity(const CpuSet& cpus) const noexcept
{
    if (const Result<void> checked = kernel::check_affinity(cpus); !checked) {
        return checked;
    }
    const kernel::Section section;
    if (!is_alive(control_, id_)) {
        return Error::no_thread;
    }
    if constexpr (config::smp) {
        kernel::change_affinity(*control_, cpus);
    }
    return {};
}

CpuId Thread::cpu() const noexcept
{
    const SchedulerLock lock;
    return CpuId{control_ != nullptr && control_->id == id_ ? kernel::cpu_of(*control_).sharing.index : 0};
}

Result<void> Thread::suspend() const noexcept
{
    const kernel::Section lock;
    if (!is_alive(control_, id_)) {
        return Error::no_thread;
    }
    kernel::suspend(kernel::this_cpu(), *control_);
    return {};
}

Result<void> Thread::resume() const noexcept
{
    const kernel::Section section;
    if (!is_alive(control_, id_)) {
        return Error::no_thread;
    }
    kernel::resume(kernel::this_cpu(), *control_);
    return {};
}

ThreadStats Thread::stats() const noexcept
{
    const std::size_t stack_used = stack_used_by(control_, id_);
    const SchedulerLock lock;
    if (control_ == nullptr || control_->id != id_) {
        return {};
    }
    ThreadStats stats{.state = state_of(*control_), .stack_size = kernel::usable_bytes(control_->stack)};
    stats.stack_used = stack_used;
    const arch::Ticks run_time = control_->account.run_time(control_ == kernel::cpu_of(*control_).current);
    stats.switches = control_->account.switches();
    stats.run_time = std::chrono::nanoseconds{kernel::KernelTime::nanoseconds(run_time)};
    return stats;
}

Thread current_thread() noexcept
{
    ThreadControl& current = kernel::running_thread();
    return {current, current.id};
}

void yield_now() noexcept
{
    kernel::yield();
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
        const SwitchingSection section;
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
