// What a run of the fuzzer does: a script for each worker thread, decoded from bytes. Any bytes are a script.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace fuzz {

inline constexpr int worker_count = 6;
inline constexpr int mutex_count = 3;
inline constexpr int priority_count = 8;
inline constexpr std::size_t longest_script = 14;

/// Numbered after the workers; spawns them, keeps them going, and joins what nobody else has.
inline constexpr int main_thread = worker_count;
inline constexpr int main_priority = 4;

enum class Action : std::uint8_t {
    end,           ///< returns `worker * 100 + steps`
    yield,
    sleep,         ///< `amount` ms
    suspend,       ///< worker `target`, which may be itself
    resume,        ///< worker `target`
    set_priority,  ///< of worker `target` to `amount`
    spawn,         ///< worker `target` with priority `amount`, unless it has been spawned
    join,          ///< worker `target` for at most `amount` ms, if this one spawned it
    detach,        ///< worker `target`, if this one spawned it
    lock,          ///< mutex `target` for at most `amount` ms, unless it has it
    unlock,        ///< mutex `target`, if it has it
    exit,          ///< ends without a result
    count,
};

struct Step {
    Action action = Action::end;
    int target = 0;
    int amount = 0;
};

struct Script {
    /// The last step of each is `end`.
    std::array<std::array<Step, longest_script + 1>, worker_count> steps{};
    std::array<int, worker_count> first_priority{};  ///< of those that the main thread spawns; -1: it does not
};

/// Two bytes a step, after one byte for each worker that says how long its script is and who spawns it.
inline Script decode(std::span<const std::uint8_t> bytes) noexcept
{
    Script script;
    std::size_t position = 0;
    const auto next = [&] { return position < bytes.size() ? bytes[position++] : std::uint8_t{0}; };
    for (int worker = 0; worker < worker_count; ++worker) {
        const int head = next();
        const auto length = static_cast<std::size_t>(head) % (longest_script + 1);
        const bool by_main = worker == 0 || head / 16 % 2 == 0;
        script.first_priority[static_cast<std::size_t>(worker)] = by_main ? head / 32 % priority_count : -1;
        for (std::size_t index = 0; index < length; ++index) {
            const int first = next();
            const int second = next();
            Step& step = script.steps[static_cast<std::size_t>(worker)][index];
            step.action = static_cast<Action>(first % static_cast<int>(Action::count));
            const bool names_mutex = step.action == Action::lock || step.action == Action::unlock;
            step.target = first / 16 % (names_mutex ? mutex_count : worker_count);
            step.amount = second % priority_count;
        }
    }
    return script;
}

/// What can be said about a step when it is over.
enum class Outcome : std::uint8_t { done, skipped, refused, timed_out, no_result };

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
