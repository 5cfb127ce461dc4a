// What a run of the fuzzer does: a script for each worker thread, decoded from bytes. Any bytes are a script.
#pragma once

#include "actions.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace fuzz {

inline constexpr int worker_count = 6;
inline constexpr int mutex_count = 3;
inline constexpr int semaphore_count = 2;
inline constexpr int flag_count = 3;
inline constexpr int queue_count = 2;
inline constexpr int once_count = 2;
inline constexpr int stop_source_count = 2;
inline constexpr int latch_begin = 3;
inline constexpr int barrier_group = 3;  ///< at the begin
inline constexpr std::size_t pipe_capacity = 4;
inline constexpr std::size_t most_bytes = 6;  ///< that one call writes or reads
inline constexpr int priority_count = 8;
inline constexpr std::size_t longest_script = 14;

/// Numbered after the workers; spawns them, keeps them going, and joins what nobody else has.
inline constexpr int main_thread = worker_count;
inline constexpr int main_priority = 4;

/// The thread of the work queue, while it is started.
inline constexpr int work_thread = worker_count + 1;
inline constexpr int work_priority = 5;
inline constexpr int thread_count = worker_count + 2;

/// What is done in the work queue: two that are submitted as they are, and the delayed one.
enum class Job : std::uint8_t { release, sleep_and_set_flags, notify_all, count };

inline constexpr int work_count = 2;
inline constexpr int delayed_work = work_count;
static_assert(static_cast<int>(Job::count) == work_count + 1);
inline constexpr unsigned flags_of_work = 0b010;
inline constexpr int sleep_of_work = 1;  ///< ms
inline constexpr int condition_of_work = 1;

/// What a callback for a stop does.
inline constexpr unsigned flags_of_callback = 0b100;
inline constexpr int sleep_of_callback = 1;  ///< ms

/// What timers do when they expire, in an interrupt, in the order of their numbers.
enum class Expiry : std::uint8_t { release, set_flags, send, notify_all, set_priority, suspend, count };

inline constexpr int timer_count = static_cast<int>(Expiry::count);
inline constexpr unsigned flags_of_timer = 0b001;
inline constexpr int message_of_timer = 990;
inline constexpr int priority_of_timer = 6;   ///< that worker 0 gets
inline constexpr int suspended_by_timer = 1;  ///< a worker

/// A wait for one of three things, in this order: a unit of a semaphore; a message, or room for one; any of some flags.
struct Choice {
    int semaphore;
    int queue;
    bool sends;
    unsigned flags;
    bool clears;
};

/// A wait with two places each at two objects: a unit of a semaphore, and once more; any of some flags; all of others.
struct SecondChoice {
    int semaphore;
    unsigned any;
    unsigned all;
    bool clears;  ///< those of which all are to be set
};

struct Step {
    Action action = Action::end;
    int target = 0;
    int amount = 0;

    /// The worker that is meant, if the target is one.
    [[nodiscard]] constexpr int worker() const noexcept { return target % worker_count; }

    /// The moment that an operand `time` names, in milliseconds after the begin.
    [[nodiscard]] constexpr int time() const noexcept { return 2 * amount; }

    /// The period of a timer in milliseconds.
    [[nodiscard]] constexpr int period() const noexcept { return amount + 1; }

    /// How many units of a semaphore are meant: 1 to 3.
    [[nodiscard]] constexpr int units() const noexcept { return 1 + amount % 3; }

    /// The flags that are meant, at least one.
    [[nodiscard]] constexpr unsigned flags() const noexcept { return 1 + static_cast<unsigned>(target) % flag_sets; }

    /// Whether a wait for them clears them.
    [[nodiscard]] constexpr bool clears() const noexcept { return target >= static_cast<int>(flag_sets); }

    /// How many bytes are meant: 1 to `most_bytes`.
    [[nodiscard]] constexpr std::size_t bytes() const noexcept
    {
        return 1 + static_cast<std::size_t>(target) % most_bytes;
    }

    /// Without how many bytes a read goes on waiting: one, all, or none.
    [[nodiscard]] constexpr std::size_t least_bytes() const noexcept
    {
        const std::size_t kind = static_cast<std::size_t>(target) / most_bytes;
        return kind == 0 ? 1 : kind == 1 ? bytes() : 0;
    }

    [[nodiscard]] constexpr Choice choice() const noexcept
    {
        return {target & 1, target >> 1 & 1, (target & 4) != 0, 1 + (static_cast<unsigned>(target) >> 3 & 3),
                (target & 8) != 0};
    }

    [[nodiscard]] constexpr SecondChoice second_choice() const noexcept
    {
        return {target & 1, 1U << (target >> 1 & 1), 3 + (static_cast<unsigned>(target) >> 2 & 3), (target & 16) != 0};
    }

    static constexpr unsigned flag_sets = (1U << flag_count) - 1;
};

/// How many values an operand that is a target can have.
constexpr int values_of(Operand operand) noexcept
{
    switch (operand) {
    case Operand::mutex: return mutex_count;
    case Operand::semaphore: return semaphore_count;
    case Operand::queue: return queue_count;
    case Operand::flags: return 2 * static_cast<int>(Step::flag_sets);
    case Operand::bytes: return 3 * static_cast<int>(most_bytes);
    case Operand::stop_source: return stop_source_count;
    case Operand::once: return once_count;
    case Operand::work: return work_count;
    case Operand::second_choice:
    case Operand::choice: return 32;
    case Operand::timer: return timer_count;
    default: return worker_count;
    }
}

struct Script {
    /// The last step of each is `end`.
    std::array<std::array<Step, longest_script + 1>, worker_count> steps{};
    std::array<int, worker_count> first_priority{};  ///< of those that the main thread spawns; -1: it does not
};

// The bytes: one for each worker, then three for each step: whose it is, which, and with what. So an input can be cut
// and mixed at any step, and the steps of the others stay what they are.
inline constexpr std::size_t head_size = worker_count;
inline constexpr std::size_t step_size = 3;
inline constexpr std::size_t longest_input = head_size + step_size * worker_count * longest_script;

inline Script decode(std::span<const std::uint8_t> bytes) noexcept
{
    Script script;
    for (std::size_t worker = 0; worker < worker_count; ++worker) {
        const int head = worker < bytes.size() ? bytes[worker] : 0;
        const bool by_main = worker == 0 || head % (priority_count + 1) != priority_count;
        script.first_priority[worker] = by_main ? head % (priority_count + 1) % priority_count : -1;
    }
    std::array<std::size_t, worker_count> length{};
    for (std::size_t place = head_size; place + step_size <= bytes.size(); place += step_size) {
        const std::size_t worker = bytes[place] % worker_count;
        if (length[worker] == longest_script) {
            continue;
        }
        Step& step = script.steps[worker][length[worker]++];
        step.action = static_cast<Action>(bytes[place + 1] % action_count);
        const int operands = bytes[place + 2];
        step.amount = operands % priority_count;
        step.target = operands / priority_count % values_of(text_of(step.action).target);
    }
    return script;
}

/// What can be said about a step when it is over.
enum class Outcome : std::uint8_t { done, skipped, refused, timed_out, no_result };

/// What `ask_name` is told.
enum class NameSeen : std::uint8_t { none, its_own, another };

/// What `ask_state` is told.
enum class StateSeen : std::uint8_t { ready, blocked, suspended, finished, gone };

/// What `spawn_wrongly` does wrong.
enum class Mistake : std::uint8_t { null_name, long_name, small_stack, high_priority, no_slice, huge_stack, count };

constexpr Mistake mistake_of(const Step& step) noexcept
{
    return static_cast<Mistake>(step.amount % static_cast<int>(Mistake::count));
}

/// Semaphores at the begin.
inline constexpr std::array<int, semaphore_count> first_units{0, 1};
inline constexpr std::array<int, semaphore_count> most_units{2, 1};

/// The second queue is a mailbox. Behind the queues that `target` names comes the one of bytes.
inline constexpr int raw_queue = queue_count;
inline constexpr std::array<std::size_t, queue_count + 1> queue_capacity{2, 0, 2};

/// Places in the pools.
inline constexpr int block_count = 3;
inline constexpr int object_count = 2;

/// The message that a step sends.
constexpr int message_of(int worker, int step) noexcept
{
    return worker * 20 + step;
}

/// The byte of that number that a step writes.
constexpr std::uint8_t byte_of(int message, std::size_t number) noexcept
{
    return static_cast<std::uint8_t>(static_cast<std::size_t>(message) * most_bytes + number);
}

/// What is reported of bytes that have been read: a number that changes with each.
constexpr int digest(std::span<const std::uint8_t> bytes) noexcept
{
    std::uint32_t sum = static_cast<std::uint32_t>(bytes.size());
    for (const std::uint8_t byte : bytes) {
        sum = sum * 257 + byte;
    }
    return static_cast<int>(sum);
}

/// What is reported of a wait for one of several things: which, and the message if it is one.
constexpr int choice_made(std::size_t which, int message) noexcept
{
    return static_cast<int>(which) * 1000 + message;
}

// What the main thread reports of itself, in place of steps of a script.
inline constexpr int first_join_event = 100;
inline constexpr int sleep_event = 200;  ///< followed by one for each worker that it resumes
inline constexpr int join_limit = 1000;  ///< ms

/// The ceilings of mutexes, with MUTEX_CEILING: those of a mutex that is given one, and of others.
inline constexpr int given_ceiling = priority_count - 1;
inline constexpr int mutex_without_ceiling = 1;  ///< the number of one that is not given any

/// Whether a thread with these mutexes may wait for another one without a limit: only for one of a higher number, so
/// that threads that wait for each other are no circle.
constexpr bool may_lock_forever(const std::array<bool, mutex_count>& holds, int mutex) noexcept
{
    return std::find(holds.begin() + mutex, holds.end(), true) == holds.end();
}

/// Whether a thread with these mutexes may wait for the condition of this one, which it then locks again.
constexpr bool may_wait_for_condition(const std::array<bool, mutex_count>& holds, int mutex) noexcept
{
    return holds[static_cast<std::size_t>(mutex)] && may_lock_forever(holds, mutex + 1);
}

/// One line of the journal that kernel and oracle must agree on: who finished which step when, and how.
struct Event {
    int thread = 0;
    int step = 0;
    Outcome outcome{};
    int value = 0;
    std::int64_t milliseconds = 0;

    friend bool operator==(const Event&, const Event&) = default;
};

struct Journal {
    static constexpr std::size_t capacity = 8192;
    std::array<Event, capacity> events{};
    std::size_t count = 0;

    void add(const Event& event) noexcept
    {
        if (count < capacity) {
            events[count] = event;
        }
        ++count;
    }
};

}  // namespace fuzz
