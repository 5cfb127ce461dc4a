// Changes of the priority by which a thread is scheduled.
#include "core/sched/scheduler.hpp"

namespace pegplan::kernel {

namespace {

void change_ready_priority(Cpu& here, ThreadControl& thread, std::uint8_t priority, Rank rank) noexcept
{
    Cpu& cpu = cpu_of(thread);
    const bool is_running = &thread == cpu.current;
    const bool in_front = is_running && rank == Rank::kept;
    const bool had_slice = RunQueue::must_share(thread);
    tell_time(cpu);
    cpu.run_queue.change_priority(thread, priority, in_front);
    request_reschedule(here, cpu);
    if (is_running) {
        // Behind its new equals it has used nothing of a slice among them.
        cpu.slice_over = cpu.slice_over || !in_front;
        if (config::time_slicing && !had_slice && RunQueue::must_share(thread)) {
            if (!config::smp || &cpu == &here) {
                begin_slice(cpu, thread);
            } else {
                request_slice(cpu);
            }
        }
    } else if (config::sched_global) {
        // It may now be due on another CPU.
        cpu.run_queue.dequeue(thread);
        make_ready(here, thread);
    } else if (!config::smp || &cpu == &here) {
        begin_slice_with(cpu, thread);
    } else {
        begin_slice_elsewhere(cpu, thread);
    }
}

/// Of one that is not ready. Its domain is locked, and is not when this returns.
template <class T>
void change_waiting_priority(T& thread, std::uint8_t priority) noexcept
{
    Waiter* const places = (thread.holds & hold_blocked) != 0 ? thread.places : nullptr;
    if constexpr (config::smp) {
        thread.priority = priority;
        thread.wait.pinned = places != nullptr;
        unlock_domain(cpu_of(thread));
        if (places != nullptr) {
            sort_places(places, priority);
            Cpu& cpu = lock_domain_of(thread);
            thread.wait.pinned = false;
            unlock_domain(cpu);
        }
    } else {
        for (Waiter* place = places; place != nullptr; place = place->next_place) {
            place->queue->remove(*place);
        }
        thread.priority = priority;
        for (Waiter* place = places; place != nullptr; place = place->next_place) {
            place->queue->insert(*place);
        }
    }
}

}  // namespace

void change_priority(Cpu& here, ThreadControl& thread, std::uint8_t priority, Rank rank) noexcept
{
    Cpu& cpu = lock_domain_of(thread);
    if (thread.holds == hold_none && !is_on_its_way(thread)) {
        change_ready_priority(here, thread, priority, rank);
        unlock_domain(cpu);
    } else {
        change_waiting_priority(thread, priority);
    }
}

}  // namespace pegplan::kernel
