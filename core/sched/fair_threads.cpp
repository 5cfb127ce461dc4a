// The weights of threads.
#include "core/sched/section.hpp"
#include "core/sched/thread_policy.hpp"

namespace pegplan::kernel {

namespace {

bool in_range(std::uint32_t weight) noexcept
{
    return weight > 0 && weight <= max_weight;
}

}  // namespace

Result<void> check_policy_options(const ThreadOptions& options) noexcept
{
    return !options.weight || in_range(*options.weight) ? Result<void>{} : Result<void>{Error::weight_out_of_range};
}

Result<void> admit(ThreadControl& thread, const ThreadControl& spawner, const ThreadOptions& options) noexcept
{
    const ThreadLock lock{spawner};
    const std::uint32_t inherited = spawner.sched.weight != 0 ? spawner.sched.weight : default_weight;  // the idle thread has none
    thread.sched.set(options.weight.value_or(inherited));
    return {};
}

void retire(ThreadControl&) noexcept {}

bool may_be_confined(const ThreadControl&, const CpuSet&) noexcept
{
    return true;
}

bool close_unless_claimed(Cpu& cpu, void (*go_offline)(Cpu& cpu) noexcept) noexcept
{
    go_offline(cpu);
    return true;
}

std::uint32_t weight_of(const ThreadControl* control, ThreadId id) noexcept
{
    if (control == nullptr) {
        return 0;
    }
    const ThreadLock lock{*control};
    return control->id == id ? control->sched.weight : 0;
}

Result<void> set_weight(ThreadControl* control, ThreadId id, std::uint32_t weight) noexcept
{
    if (!in_range(weight)) {
        return Error::weight_out_of_range;
    }
    if (control == nullptr) {
        return Error::no_thread;
    }
    const SchedulerSection section;
    Cpu& cpu = lock_domain_of(*control);
    const bool alive = control->id == id && !control->finished();
    if (alive) {
        tell_time(cpu);
        cpu.run_queue.change_weight(*control, weight);
        request_reschedule(this_cpu(), cpu);
    }
    unlock_domain(cpu);
    return alive ? Result<void>{} : Result<void>{Error::no_thread};
}

}  // namespace pegplan::kernel
