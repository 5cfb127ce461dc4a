// What a run of the fuzzer does: a script for each worker thread, decoded from bytes. Any bytes are a script.
#pragma once

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
inline constexpr int priority_count = 8;
inline constexpr std::size_t longest_script = 14;

/// Numbered after the workers; spawns them, keeps them going, and joins what nobody else has.
inline constexpr int main_thread = worker_count;
inline constexpr int main_priority = 4;

/// New ones go to the end, in front of `count`: the bytes of kept inputs then keep their meaning. ../README.md tells
/// what else an action needs.
enum class Action : std::uint8_t {
    end,                 ///< returns `worker * 100 + steps`
    yield,
    sleep,               ///< `amount` ms
    suspend,             ///< worker `target`, which may be itself
    resume,              ///< worker `target`
    set_priority,        ///< of worker `target` to `amount`
    spawn,               ///< worker `target` with priority `amount`, unless it has been spawned
    join,                ///< worker `target` for at most `amount` ms, if this one spawned it
    detach,              ///< worker `target`, if this one spawned it
    lock,                ///< mutex `target` for at most `amount` ms, unless it has it
    unlock,              ///< mutex `target`, if it has it
    exit,                ///< ends without a result
    sleep_until,         ///< `2 * amount` ms after the begin
    join_until,          ///< the same for a join
    join_forever,        ///< if it holds no mutex, so that no circle can wait for ever
    drop,                ///< detaches worker `target` by the end of its handle, if this one spawned it
    ask_finished,        ///< whether worker `target` has ended, if this one spawned it
    try_lock,            ///< mutex `target`, unless it has it
    lock_until,          ///< mutex `target`, until `2 * amount` ms after the begin, unless it has it
    lock_forever,        ///< mutex `target`, if it holds none of that number or above: no circle here either
    ask_priority,        ///< of worker `target`
    ask_state,           ///< of worker `target`
    ask_name,            ///< of worker `target`
    set_wrong_priority,  ///< of worker `target`
    spawn_wrongly,       ///< with mistake number `amount`
    ask_base_priority,   ///< of worker `target`
    acquire,             ///< semaphore `target`, for at most `amount` ms
    try_acquire,
    acquire_until,
    release,             ///< `units()` of semaphore `target`
    ask_units,           ///< of semaphore `target`
    wait_any_flag,       ///< of `flags()`, for at most `amount` ms
    try_any_flag,
    wait_any_flag_until,
    wait_all_flags,
    try_all_flags,
    wait_all_flags_until,
    set_flags,           ///< `flags()`
    clear_flags,
    wait_condition,      ///< that of mutex `target`, for at most `amount` ms, if it holds that, and none above
    wait_condition_until,
    notify_one,          ///< the condition of mutex `target`
    notify_all,
    send,                ///< to queue `target`, for at most `amount` ms
    try_send,
    send_until,
    send_front,
    try_send_front,
    receive,             ///< from queue `target`, for at most `amount` ms
    try_receive,
    receive_until,
    peek,                ///< at queue `target`
    ask_size,            ///< of queue `target`
    count,
};

inline constexpr int action_count = static_cast<int>(Action::count);

/// What the operands of an action mean.
enum class Operand : std::uint8_t { none, worker, mutex, milliseconds, priority, time, mistake, semaphore, units, flags, queue };

struct ActionText {
    const char* name;
    Operand target = Operand::none;
    Operand amount = Operand::none;
};

/// In the order of the actions.
inline constexpr std::array<ActionText, action_count> action_texts{{
    {"end"},
    {"yield"},
    {"sleep", Operand::none, Operand::milliseconds},
    {"suspend", Operand::worker},
    {"resume", Operand::worker},
    {"set_priority", Operand::worker, Operand::priority},
    {"spawn", Operand::worker, Operand::priority},
    {"join", Operand::worker, Operand::milliseconds},
    {"detach", Operand::worker},
    {"lock", Operand::mutex, Operand::milliseconds},
    {"unlock", Operand::mutex},
    {"exit"},
    {"sleep_until", Operand::none, Operand::time},
    {"join_until", Operand::worker, Operand::time},
    {"join_forever", Operand::worker},
    {"drop", Operand::worker},
    {"ask_finished", Operand::worker},
    {"try_lock", Operand::mutex},
    {"lock_until", Operand::mutex, Operand::time},
    {"lock_forever", Operand::mutex},
    {"ask_priority", Operand::worker},
    {"ask_state", Operand::worker},
    {"ask_name", Operand::worker},
    {"set_wrong_priority", Operand::worker, Operand::mistake},
    {"spawn_wrongly", Operand::none, Operand::mistake},
    {"ask_base_priority", Operand::worker},
    {"acquire", Operand::semaphore, Operand::milliseconds},
    {"try_acquire", Operand::semaphore},
    {"acquire_until", Operand::semaphore, Operand::time},
    {"release", Operand::semaphore, Operand::units},
    {"ask_units", Operand::semaphore},
    {"wait_any_flag", Operand::flags, Operand::milliseconds},
    {"try_any_flag", Operand::flags},
    {"wait_any_flag_until", Operand::flags, Operand::time},
    {"wait_all_flags", Operand::flags, Operand::milliseconds},
    {"try_all_flags", Operand::flags},
    {"wait_all_flags_until", Operand::flags, Operand::time},
    {"set_flags", Operand::flags},
    {"clear_flags", Operand::flags},
    {"wait_condition", Operand::mutex, Operand::milliseconds},
    {"wait_condition_until", Operand::mutex, Operand::time},
    {"notify_one", Operand::mutex},
    {"notify_all", Operand::mutex},
    {"send", Operand::queue, Operand::milliseconds},
    {"try_send", Operand::queue},
    {"send_until", Operand::queue, Operand::time},
    {"send_front", Operand::queue, Operand::milliseconds},
    {"try_send_front", Operand::queue},
    {"receive", Operand::queue, Operand::milliseconds},
    {"try_receive", Operand::queue},
    {"receive_until", Operand::queue, Operand::time},
    {"peek", Operand::queue},
    {"ask_size", Operand::queue},
}};
static_assert(action_texts.back().name != nullptr, "each action has a text");

constexpr const ActionText& text_of(Action action) noexcept
{
    return action_texts[static_cast<std::size_t>(action)];
}

struct Step {
    Action action = Action::end;
    int target = 0;
    int amount = 0;

    /// The moment that an operand `time` names, in milliseconds after the begin.
    [[nodiscard]] constexpr int time() const noexcept { return 2 * amount; }

    /// How many units of a semaphore are meant: 1 to 3.
    [[nodiscard]] constexpr int units() const noexcept { return 1 + amount % 3; }

    /// The flags that are meant, at least one.
    [[nodiscard]] constexpr unsigned flags() const noexcept { return 1 + static_cast<unsigned>(target) % flag_sets; }

    /// Whether a wait for them clears them.
    [[nodiscard]] constexpr bool clears() const noexcept { return target >= static_cast<int>(flag_sets); }

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

/// The second queue is a mailbox.
inline constexpr std::array<std::size_t, queue_count> queue_capacity{2, 0};

/// The message that a step sends.
constexpr int message_of(int worker, int step) noexcept
{
    return worker * 20 + step;
}

// What the main thread reports of itself, in place of steps of a script.
inline constexpr int first_join_event = 100;
inline constexpr int sleep_event = 200;  ///< followed by one for each worker that it resumes
inline constexpr int join_limit = 1000;  ///< ms

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
