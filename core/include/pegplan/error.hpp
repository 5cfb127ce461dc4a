// The named errors of all fallible calls.
#pragma once

#include <cstdint>
#include <string_view>

namespace pegplan {

/// Why a call could not do what it was asked. `print("{}", error)` prints the enumerator's name.
enum class Error : std::uint8_t {
    invalid_name,           ///< a null pointer was given as a name
    name_too_long,          ///< a name is longer than THREAD_NAME_MAX
    stack_too_small,        ///< a stack size is below STACK_SIZE_MIN
    stack_misaligned,       ///< the ends of an application's own stack are not aligned to stack_alignment
    priority_out_of_range,  ///< a priority is not below NUM_PRIORITIES
    invalid_duration,       ///< a time slice is zero, negative, or longer than the clock can count
    too_many_threads,       ///< MAX_THREADS threads exist
    out_of_memory,          ///< no memory is left: for a stack, in a pool, in a heap
    no_thread,              ///< the handle is empty, or its thread no longer exists
    would_deadlock,         ///< the call would wait for something that only the caller can do
    timed_out,              ///< the time limit passed first
    not_recoverable,        ///< an owner of the robust mutex died, and nobody made things consistent
    overflow,               ///< a count would go beyond its maximum
    already_started,        ///< the work queue has a thread
    too_many_participants,  ///< all slots of an Epoch are taken
    no_result,              ///< the thread ended through this_thread::exit and returned nothing
    no_such_cpu,            ///< a set of CPUs names one that the image does not have
    empty_affinity,         ///< a set of CPUs for a thread is empty
    runtime_beyond_deadline,  ///< a thread asks for more runtime than there is up to its deadline
    deadline_beyond_period,   ///< a deadline is later than the end of the period
    not_schedulable,          ///< no CPU that the thread may use has so much of its time left for deadlines
    weight_out_of_range,      ///< a weight is 0 or above max_weight
    no_such_node,             ///< the board has no NUMA node of that number
    too_many_tasks,           ///< TASK_INBOX_CAPACITY tasks of threads and interrupt handlers wait to be done
    not_started,              ///< there are no workers for tasks yet
    first_cpu,                ///< the CPU that boots cannot be stopped
    deadlines_admitted,       ///< threads with deadlines have been promised time of that CPU
    cpu_does_not_start,       ///< the hardware, or firmware, does not start that CPU
};

/// The enumerator's name, e.g. "stack_too_small".
constexpr std::string_view name_of(Error error) noexcept
{
    switch (error) {
    case Error::invalid_name: return "invalid_name";
    case Error::name_too_long: return "name_too_long";
    case Error::stack_too_small: return "stack_too_small";
    case Error::stack_misaligned: return "stack_misaligned";
    case Error::priority_out_of_range: return "priority_out_of_range";
    case Error::invalid_duration: return "invalid_duration";
    case Error::too_many_threads: return "too_many_threads";
    case Error::out_of_memory: return "out_of_memory";
    case Error::no_thread: return "no_thread";
    case Error::would_deadlock: return "would_deadlock";
    case Error::timed_out: return "timed_out";
    case Error::not_recoverable: return "not_recoverable";
    case Error::overflow: return "overflow";
    case Error::already_started: return "already_started";
    case Error::too_many_participants: return "too_many_participants";
    case Error::no_result: return "no_result";
    case Error::no_such_cpu: return "no_such_cpu";
    case Error::empty_affinity: return "empty_affinity";
    case Error::runtime_beyond_deadline: return "runtime_beyond_deadline";
    case Error::deadline_beyond_period: return "deadline_beyond_period";
    case Error::not_schedulable: return "not_schedulable";
    case Error::weight_out_of_range: return "weight_out_of_range";
    case Error::no_such_node: return "no_such_node";
    case Error::too_many_tasks: return "too_many_tasks";
    case Error::not_started: return "not_started";
    case Error::first_cpu: return "first_cpu";
    case Error::deadlines_admitted: return "deadlines_admitted";
    case Error::cpu_does_not_start: return "cpu_does_not_start";
    }
    return "unknown error";
}

}  // namespace pegplan
