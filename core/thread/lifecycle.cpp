// Creating, starting, finishing, joining, detaching and releasing threads.
#include "core/thread/lifecycle.hpp"

#include "core/memory/nodes.hpp"
#include "core/memory/stack_arena.hpp"
#include "core/sched/section.hpp"
#include "core/sched/thread_policy.hpp"
#include "core/thread/thread_locals.hpp"
#include "core/thread/thread_table.hpp"
#include "core/time/conversion.hpp"

#include <pegplan/thread.hpp>

#include <algorithm>

namespace pegplan::kernel {

namespace {

static_assert(stack_alignment >= arch::Port::stack_alignment);

constexpr std::uintptr_t round_down(std::uintptr_t value, std::size_t alignment) noexcept
{
    return value & ~(static_cast<std::uintptr_t>(alignment) - 1);
}

Result<void> check(const ThreadOptions& options, std::size_t bytes_at_top) noexcept
{
    if (options.mistakes != no_mistake) [[unlikely]] {
        return (options.mistakes & null_name) != 0 ? Error::invalid_name : Error::no_such_node;
    }
    if (options.name.size() > config::thread_name_max) {
        return Error::name_too_long;
    }
    if (options.stack.data() != nullptr) {
        const std::uintptr_t ends = reinterpret_cast<std::uintptr_t>(options.stack.data()) | options.stack.size();
        if (ends % stack_alignment != 0) {
            return Error::stack_misaligned;
        }
    }
    const std::size_t usable = options.stack.data() == nullptr              ? options.stack_size
                             : options.stack.size() > config::stack_extra ? options.stack.size() - config::stack_extra
                                                                          : 0;
    if (usable < config::stack_size_min + bytes_at_top) {
        return Error::stack_too_small;
    }
    if (options.priority && !options.priority->in_range()) {
        return Error::priority_out_of_range;
    }
    if (options.time_slice && options.time_slice->count() <= 0) {
        return Error::invalid_duration;
    }
    if (options.affinity) {
        if (const Result<void> checked = check_affinity(*options.affinity); !checked) {
            return checked.error();
        }
    }
    if constexpr (timed_policy) {
        return check_policy_options(options);
    }
    return {};
}

/// A stack of the node that the builder names, or of that of the calling CPU.
template <class Options>
bool take_stack(const Options& options, Stack& stack) noexcept
{
    if constexpr (many_nodes) {
        const NodeIndex node = options.node.node ? static_cast<NodeIndex>(options.node.node->index()) : this_node();
        return allocate_stack_near(node, options.stack_size, stack);
    } else {
        return allocate_stack(options.stack_size, stack);
    }
}

/// What it has of the one that spawns it, which others may change at any moment; and where it may run.
template <class Thread>
void inherit(Thread& thread, const Thread& spawner, const ThreadOptions& options) noexcept
{
    Cpu& cpu = lock_domain_of(spawner);
    thread.base_priority = spawner.base_priority;
    if constexpr (config::smp) {
        thread.placement.homeless = false;
        thread.placement.affinity = options.affinity.value_or(spawner.placement.affinity);
        thread.wait.pinned = false;
        thread.wait.outcome_fixed = false;
        thread.wait.ended = false;
    }
    unlock_domain(cpu);
}

}  // namespace

Result<void> check_affinity(const CpuSet& affinity) noexcept
{
    if (affinity.has_unknown()) {
        return Error::no_such_cpu;
    }
    return affinity.empty() ? Result<void>{Error::empty_affinity} : Result<void>{};
}

Result<NewThread> create_thread(const ThreadOptions& options, std::size_t closure_size,
                                std::size_t closure_alignment) noexcept
{
    closure_alignment = std::max(closure_alignment, std::size_t{arch::Port::stack_alignment});
    const arch::ThreadLocalRoom room = thread_local_room();
    const std::size_t needed =
        closure_size + closure_alignment + room.size + room.alignment - 2 * arch::Port::stack_alignment;
    if (const Result<void> checked = check(options, needed); !checked) {
        return checked.error();
    }

    ThreadControl* thread = nullptr;
    {
        const InterruptMask masked;
        Cpu& cpu = this_cpu();
        invariant(!cpu.in_isr, "a thread was spawned from an interrupt handler");
        for (Cpu& each : cpus) {
            if (config::smp || !each.finished.empty()) {
                release_finished(each);
            }
        }
        thread = allocate_thread();
        if (thread == nullptr) {
            return Error::too_many_threads;
        }
        inherit(*thread, running_thread(), options);
    }
    if (options.stack.data() != nullptr) {
        adopt_stack(options.stack, thread->stack);
    } else if (!take_stack(options, thread->stack)) [[unlikely]] {
        const InterruptMask masked;
        free_thread(*thread);
        return Error::out_of_memory;
    }

    if (options.priority) {
        thread->base_priority = static_cast<std::uint8_t>(options.priority->level());
    }
    thread->priority = thread->base_priority;
    thread->places = nullptr;
    thread->detached = false;
    thread->result = nullptr;
    thread->slice = to_ticks(options.time_slice.value_or(config::time_slice));
    *std::copy(options.name.begin(), options.name.end(), thread->name.begin()) = '\0';
    thread->account.reset();
    std::uintptr_t top = reinterpret_cast<std::uintptr_t>(thread->stack.memory.data() + thread->stack.memory.size());
    if (room.size != 0) [[unlikely]] {
        top = place_thread_locals(thread->context, room, top);
    }
    if constexpr (timed_policy) {
        if (const Result<void> admitted = admit(*thread, running_thread(), options); !admitted) {
            release_stack(thread->stack);
            const InterruptMask masked;
            free_thread(*thread);
            return admitted.error();
        }
    }
    return NewThread{thread, reinterpret_cast<void*>(round_down(top - closure_size, closure_alignment))};
}

namespace {

/// A new thread becomes ready, at its first place, and runs if it must.
template <class C>
void begin_to_run(C& here, ThreadControl& thread) noexcept
{
    if constexpr (config::smp) {
        C& before = cpu_of(thread);
        C& cpu = choose_first(thread);
        lock_domains(before, cpu);
        begin_at(thread, cpu);
        thread.holds = hold_none;
        make_ready(here, thread);
        unlock_domains(before, cpu);
        end_section();
    } else {
        thread.holds = hold_none;
        if (arch::Port::switches_in_line || !ready_at_once(here, thread)) {
            make_ready(here, thread);
            end_section();
        }
    }
}

/// Whether a thread that ends must destroy its result by itself, since nobody will join it. If not, the result is there for whoever
/// joins, or detaches it from now on.
template <class T>
bool leave_result(T& thread, void* result) noexcept
{
    if constexpr (config::smp) {
        const Section section{thread.lock};
        if (thread.detached) {
            return false;
        }
        thread.result = result;
        thread.wait.outcome_fixed = true;
        return true;
    } else {
        if (!thread.detached) {
            thread.result = result;
        }
        return !thread.detached;
    }
}

/// Whether it may be released. The lock of its joiners is held.
template <class T>
bool has_ended(const T& thread) noexcept
{
    if constexpr (config::smp) {
        return thread.wait.ended;
    } else {
        return thread.finished();
    }
}

}  // namespace

void start_thread(const NewThread& created, void (*entry)(void*)) noexcept
{
    ThreadControl& thread = *created.control;
    const auto* const closure = static_cast<std::byte*>(created.closure);
    const auto usable = static_cast<std::size_t>(closure - thread.stack.memory.data());
    arch::Port::context_init(thread.context, thread.stack.memory.first(usable), entry, created.closure);

    const InterruptMask masked;
    begin_to_run(this_cpu(), thread);
}

void finish_thread(void* result, void (*destroy)(void*)) noexcept
{
    destroy_thread_locals();
    // Not restored: the switch away from this thread ends the critical section. Whether somebody may still join, and
    // the end, are decided in one piece; a thread that is detached stays so, hence its result can be destroyed outside.
    const arch::IrqState state = arch::Port::irq_save();
    invariant(!this_cpu().in_isr, "an interrupt handler ends a thread");
    ThreadControl& thread = *this_cpu().current;
    if (!leave_result(thread, result) && result != nullptr) {
        arch::Port::irq_restore(state);
        destroy(result);
        static_cast<void>(arch::Port::irq_save());
    }
    finish(this_cpu());
}

namespace {

/// One that has finished there, or null. CPUs without any are not disturbed.
template <class C>
ThreadControl* take_finished(C& cpu) noexcept
{
    if constexpr (config::smp) {
        if (!cpu.sharing.has_finished.load(std::memory_order_relaxed)) {
            return nullptr;
        }
        lock_domain(cpu);
        ThreadControl* const thread = cpu.finished.pop_front();
        cpu.sharing.has_finished.store(!cpu.finished.empty(), std::memory_order_relaxed);
        unlock_domain(cpu);
        return thread;
    } else {
        return cpu.finished.pop_front();
    }
}

}  // namespace

void release_finished(Cpu& cpu) noexcept
{
    while (ThreadControl* const thread = take_finished(cpu)) {
        release_stack(thread->stack);
        free_thread(*thread);
    }
}

ThreadId id_of(const ThreadControl& thread) noexcept
{
    return thread.id;
}

bool thread_finished(const ThreadControl& thread) noexcept
{
    const Section section{thread.lock};
    return has_ended(thread);
}

void* thread_result(const ThreadControl& thread) noexcept
{
    return thread.result;
}

Result<void*> join_thread(ThreadControl& thread, ThreadId id, Deadline deadline) noexcept
{
    Section section{thread.lock, wakes_nobody};
    ensure(thread.id == id, "join: thread {} has been released", id);
    if (&thread == &section.self()) {
        return Error::would_deadlock;
    }
    if (!has_ended(thread)) {
        Waiter place{thread.joiners};
        if (section.wait_and_leave(place, deadline) == WakeReason::timed_out) {
            return Error::timed_out;
        }
    }
    return thread.result;
}

void release_thread(ThreadControl& thread) noexcept
{
    release_stack(thread.stack);
    const InterruptMask masked;
    free_thread(thread);
}

namespace {

template <class T>
bool is_outcome_fixed([[maybe_unused]] const T& thread) noexcept
{
    if constexpr (config::smp) {
        return thread.wait.outcome_fixed;
    } else {
        return false;
    }
}

}  // namespace

bool detach_thread(ThreadControl& thread) noexcept
{
    Section section{thread.lock};
    if (has_ended(thread)) {
        return false;
    }
    if constexpr (config::smp) {
        // It has left its result, and is about to leave its CPU.
        if (is_outcome_fixed(thread)) {
            Waiter place{thread.joiners};
            section.wait(place, Deadline::never());
            return false;
        }
    }
    thread.detached = true;
    return true;
}

}  // namespace pegplan::kernel
